//! What accounts may do, as their claims say.

use super::forge::{Forge, claim_names, claims, with};
use crate::domain::{
    access::Role,
    oidc::account::{Account, NoAccess},
    scope::Scope,
    site::Site,
};
use serde_json::{Value, json};

fn account(change: Value) -> Result<Account, NoAccess> {
    let forge = Forge::new();
    let claims = forge.verify(&forge.sign("EdDSA", &with(claims(), &change)));
    Account::of(&claims.unwrap(), &claim_names())
}

fn roles(roles: &[&str]) -> Value {
    json!({"roles": roles})
}

fn scope(change: Value) -> Scope {
    account(change).unwrap().grant.scope()
}

#[test]
fn an_account_is_known_by_its_subject_and_named_as_people_name_it() {
    let anne = account(json!({})).unwrap();
    assert_eq!(anne.principal, "oidc:7f9c");
    assert_eq!(anne.name, "Anne Le Goff");
    assert_eq!(anne.grant.role, Role::Superviseur);
    let named = |change| account(change).unwrap().name;
    assert_eq!(
        named(json!({"name": null, "preferred_username": "alegoff"})),
        "alegoff"
    );
    assert_eq!(named(json!({"name": "\u{202e}\u{0} "})), "7f9c");
    assert_eq!(named(json!({"name": "é".repeat(300)})), "é".repeat(100));
    for subject in ["", " ", "a\u{0}", "a\nb"] {
        assert_eq!(account(json!({"sub": subject})), Err(NoAccess::Subject));
    }
    assert_eq!(
        account(json!({"sub": "a".repeat(101)})),
        Err(NoAccess::Subject)
    );
}

#[test]
fn the_mightiest_role_counts_and_roles_of_programs_are_not_for_accounts() {
    let role = |words: &[&str]| {
        account(json!({"realm_access": roles(words), "gaveur_id": 1}))
            .map(|account| account.grant.role)
    };
    assert_eq!(role(&["gaveur", "admin"]), Ok(Role::Admin));
    assert_eq!(
        role(&["gaveur", "technicien_sqal"]),
        Ok(Role::TechnicienSqal)
    );
    assert_eq!(role(&["consommateur"]), Err(NoAccess::Role));
    assert_eq!(
        role(&["station", "simulateur", "metrics", "public", "Admin"]),
        Err(NoAccess::Role)
    );
    assert_eq!(role(&[]), Err(NoAccess::Role));
    assert_eq!(account(json!({"realm_access": null})), Err(NoAccess::Role));
    assert_eq!(
        account(json!({"realm_access": {"roles": {"admin": true}}})),
        Err(NoAccess::Role)
    );
}

#[test]
fn a_claim_with_dots_in_its_name_is_found_before_a_path() {
    let mut names = claim_names();
    names.roles = "https://example.fr/roles".to_owned();
    let forge = Forge::new();
    let change = json!({"realm_access": null, "https://example.fr/roles": "admin"});
    let claims = forge.verify(&forge.sign("EdDSA", &with(claims(), &change)));
    let account = Account::of(&claims.unwrap(), &names).unwrap();
    assert_eq!(account.grant.role, Role::Admin);
}

#[test]
fn a_gaveur_is_one_number_in_any_form_and_without_it_may_do_nothing() {
    for id in [json!(7), json!("7"), json!(" 7 "), json!(["7"])] {
        let change = json!({"realm_access": roles(&["gaveur"]), "gaveur_id": id, "sites": ["MT"]});
        assert_eq!(scope(change), Scope::Gaveur(7), "{id}");
    }
    for id in [
        json!(null),
        json!(""),
        json!("sept"),
        json!(7.5),
        json!(99_999_999_999_i64),
        json!([]),
        json!({"id": 7}),
    ] {
        let change = json!({"realm_access": roles(&["gaveur"]), "gaveur_id": id});
        assert_eq!(account(change), Err(NoAccess::Gaveur), "{id}");
    }
}

#[test]
fn a_superviseur_sees_his_sites_wherever_they_are_written_and_without_sites_nothing() {
    for (change, sites) in [
        (json!({"sites": ["LL", "MT"]}), vec![Site::Ll, Site::Mt]),
        (json!({"sites": "LS"}), vec![Site::Ls]),
        (json!({"sites": null, "site": "LS"}), vec![Site::Ls]),
        (json!({"sites": [], "site_id": "MT"}), vec![Site::Mt]),
        (json!({"sites": ["XX"], "site": "LL"}), vec![]),
        (json!({"sites": null}), vec![]),
        (
            json!({"sites": null, "realm_access": roles(&["superviseur", "view_all_sites"])}),
            Site::ALL.to_vec(),
        ),
        (
            json!({"sites": null, "resource_access": {"ecran": roles(&["view_all_sites"])}}),
            Site::ALL.to_vec(),
        ),
        (
            json!({"sites": null, "resource_access": {"autre": roles(&["view_all_sites"])}}),
            vec![],
        ),
    ] {
        assert_eq!(scope(change.clone()), Scope::of_sites(sites), "{change}");
    }
}

#[test]
fn an_admin_sees_everything_and_a_technicien_too_unless_he_has_sites() {
    let admin = json!({"realm_access": roles(&["admin"])});
    assert_eq!(scope(admin), Scope::Everything);
    let technicien = json!({"realm_access": roles(&["technicien_sqal"])});
    assert_eq!(
        scope(with(technicien.clone(), &json!({"sites": ["LL"]}))),
        Scope::of_sites([Site::Ll])
    );
    assert_eq!(
        account(json!({"sites": null, "realm_access": roles(&["technicien_sqal"])}))
            .unwrap()
            .grant
            .scope(),
        Scope::Everything
    );
}
