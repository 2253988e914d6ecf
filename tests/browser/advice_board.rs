//! The board of the loop, and the farmer's page, where he answers.

use crate::{
    accessibility::audit,
    browser::Browser,
    common::{
        closed_lots::{BEST, OFF, OWN, close, with_closed_lots},
        server::TestServer,
    },
};
use serde_json::json;

/// A column of the board in which advice about the lot is.
fn column() -> String {
    format!(
        "Array.from(document.querySelectorAll('.advice')).filter((one) => one.querySelector('[data-part=lot]').textContent === '{OWN}'
            && /^(Suivre le plan|Une courbe)/.test(one.querySelector('[data-part=title]').textContent))
            .map((one) => one.closest('[data-column]').dataset.column).join()"
    )
}

async fn advised() -> TestServer {
    let (server, mut producer) = with_closed_lots(&[]).await;
    close(&server, &mut producer, OWN, 1, OFF).await;
    producer.close().await;
    server
}

#[actix_web::test]
async fn what_the_farmer_accepts_moves_on_the_board_within_a_second() {
    let (Some(board), Some(farmer)) = (Browser::start().await, Browser::start().await) else {
        return;
    };
    let server = advised().await;
    board.open(&server.url("/boucle")).await;
    board.until(&column(), "decide").await;
    board
        .until_text(
            "[data-part=relations-words]",
            "Aucun lot clos n’a encore 5 avis.",
        )
        .await;
    assert_eq!(audit(&board).await, [""; 0]);
    let name = format!(
        "Array.from(document.querySelectorAll('.advice')).find((one) => one.querySelector('[data-part=lot]').textContent === '{OWN}'
            && one.querySelector('[data-part=title]').textContent.startsWith('Suivre le plan')).id = 'own'"
    );
    board.run(&name).await;
    let said = "document.querySelector('#own [data-part=evidence]').textContent";
    board
        .until_true(&format!(
            "/Comparé à 24 lots clos de 6 gaveurs.*19 fois sur 20 entre −/.test({said})"
        ))
        .await;
    farmer.open(&server.url("/gaveur/1")).await;
    farmer.until_connected().await;
    assert_eq!(
        farmer
            .eval("document.querySelectorAll('.advice').length")
            .await,
        0
    );

    board.click("#own [data-part=send]").await;
    board
        .run("document.querySelector('[data-part=decision] [data-part=name]').value = 'Anne'")
        .await;
    board.click("[data-part=decision] [data-part=submit]").await;
    farmer
        .until_true("document.querySelector('.advice [data-part=accept]')?.checkVisibility()")
        .await;
    // He has it in front of him, and the board knows.
    board.until(&column(), "sent").await;
    board
        .until("document.querySelector('#own').dataset.state", "lue")
        .await;
    let sizes = "Array.from(document.querySelectorAll('.advice button')).filter((one) => one.checkVisibility()).every((one) => one.getBoundingClientRect().height >= 44)";
    assert_eq!(farmer.eval(sizes).await, true);
    assert_eq!(audit(&farmer).await, [""; 0]);

    let watch = "new MutationObserver(() => document.querySelector('[data-column=accepted] #own') && (window.seenAt ??= Date.now()))
        .observe(document.querySelector('[data-part=columns]'), { childList: true, subtree: true })";
    board.run(watch).await;
    farmer
        .run("addEventListener('click', () => (window.clickedAt = Date.now()), true)")
        .await;
    farmer.click(".advice [data-part=accept]").await;
    board.until_true("window.seenAt").await;
    let seen = board.eval("seenAt").await.as_i64().unwrap();
    let clicked = farmer.eval("clickedAt").await.as_i64().unwrap();
    assert!(seen - clicked < 1_000, "{} ms", seen - clicked);
    board.until(&column(), "accepted").await;
    board.finish().await;
    farmer.finish().await;
}

#[actix_web::test]
async fn a_supervisor_rejects_with_a_reason_and_a_farmer_refuses_with_or_without_one() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let (server, mut producer) = with_closed_lots(&[]).await;
    close(&server, &mut producer, OWN, 1, BEST).await;
    close(&server, &mut producer, "LL2611002", 1, OFF).await;
    producer.close().await;
    browser.open(&server.url("/boucle")).await;
    browser.until(&column(), "decide").await;
    let button = |code: &str, part: &str| {
        format!(
            "Array.from(document.querySelectorAll('.advice')).find((one) => one.querySelector('[data-part=lot]').textContent === '{code}'
                && /^(Suivre le plan|Une courbe)/.test(one.querySelector('[data-part=title]').textContent)).querySelector('[data-part={part}]').click()"
        )
    };
    browser.run(&button(OWN, "reject")).await;
    browser
        .run("document.querySelector('[data-part=decision] [data-part=name]').value = 'Anne'")
        .await;
    browser
        .click("[data-part=decision] [data-part=submit]")
        .await;
    // Without a reason the form is not sent.
    browser
        .until("document.querySelector('dialog').open", true)
        .await;
    browser
        .run(
            "document.querySelector('[data-part=decision] [data-part=comment]').value = 'trop tôt'",
        )
        .await;
    browser
        .click("[data-part=decision] [data-part=submit]")
        .await;
    browser.until(&column(), "over").await;
    // The board is told before the form has its answer, with which it closes.
    browser
        .until("document.querySelector('dialog').open", false)
        .await;
    // The two lots are judged one after the other.
    let both = "new Set(Array.from(document.querySelectorAll('.advice [data-part=lot]'), (lot) => lot.textContent)).size";
    browser.until(both, 2).await;
    browser.run(&button("LL2611002", "send")).await;
    browser.run("document.querySelector('[data-part=decision] [data-part=text]').value = 'Regardez les premiers repas.'").await;
    browser
        .click("[data-part=decision] [data-part=submit]")
        .await;
    browser
        .until(
            "document.querySelectorAll('[data-column=sent] .advice').length",
            1,
        )
        .await;

    browser.open(&server.url("/gaveur/1")).await;
    browser
        .until_text(".advice [data-part=text]", "Regardez les premiers repas.")
        .await;
    browser.click(".advice [data-part=refuse]").await;
    browser.write("silo vide").await;
    browser.click(".advice [data-part=refuse-send]").await;
    browser
        .until("document.querySelector('.advice').dataset.state", "refusee")
        .await;
    let answers = "SELECT etat, par, commentaire FROM recommandations_etapes WHERE etat IN ('refusee', 'rejetee') ORDER BY etat";
    assert_eq!(
        server.rows(answers).await,
        [
            json!({"etat": "refusee", "par": "Jean Martin", "commentaire": "silo vide"}),
            json!({"etat": "rejetee", "par": "Anne", "commentaire": "trop tôt"}),
        ]
    );
    browser.finish().await;
}
