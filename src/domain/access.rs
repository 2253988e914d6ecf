//! The policies of routes, and the roles that each policy admits. What a caller sees is also limited to a
//! [scope](super::scope::Scope).
//!
//! [`markdown`] writes this table as `docs/access.md`.

use super::words::words;
use std::fmt::Write;

words! {
    /// What a caller is for the cooperative.
    pub enum Role {
        /// A caller without credentials.
        Public = "public",
        Gaveur = "gaveur",
        Superviseur = "superviseur",
        TechnicienSqal = "technicien_sqal",
        /// The key of a quality station.
        Station = "station",
        /// The key of a source of meals.
        Simulateur = "simulateur",
        /// The key of a collector of metrics.
        Metrics = "metrics",
        Admin = "admin",
    }
}

/// Which callers a route admits; each route has one. [`TABLE`] says what each is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Policy {
    Open,
    Account,
    Consumer,
    Codes,
    Label,
    Ratings,
    Comments,
    Wall,
    Alerts,
    Gaveur,
    Lots,
    Meals,
    Advice,
    AnswerAdvice,
    Sites,
    Supervision,
    Quality,
    Queue,
    Acknowledge,
    Control,
    Feed,
    Samples,
    Metrics,
    Description,
    Operate,
}

words! {
    /// A page to which the header leads, by its path.
    pub enum HeaderLink {
        /// A farmer's own page; the header has his number.
        Own = "/gaveur/{own}",
        Wall = "/",
        /// The figures that steer the cooperative.
        Steering = "/pilotage",
        /// What was advised after lots, and what became of it.
        Loop = "/boucle",
        Quality = "/sqal",
        Alerts = "/alertes",
        /// Whether the server works.
        Status = "/etat",
        /// The simulators inside the server, if it has a control panel.
        Panel = "/controle",
    }
}

impl HeaderLink {
    pub fn policy(self) -> Policy {
        match self {
            HeaderLink::Own => Policy::Gaveur,
            HeaderLink::Wall => Policy::Wall,
            HeaderLink::Steering | HeaderLink::Loop => Policy::Supervision,
            HeaderLink::Quality => Policy::Quality,
            HeaderLink::Alerts => Policy::Alerts,
            HeaderLink::Status => Policy::Metrics,
            HeaderLink::Panel => Policy::Operate,
        }
    }

    /// Whether the header of a caller with this role leads to it. His page shows a farmer his alerts.
    pub fn is_shown_to(self, role: Role) -> bool {
        match (self, role) {
            (HeaderLink::Own, role) => role == Gaveur,
            (HeaderLink::Alerts, Gaveur) => false,
            (place, role) => place.policy().admits(role),
        }
    }

    /// The page of a role's daily work, to which a login leads.
    pub fn home(role: Role) -> Self {
        match role {
            Gaveur => HeaderLink::Own,
            TechnicienSqal => HeaderLink::Quality,
            Metrics => HeaderLink::Status,
            _ => HeaderLink::Wall,
        }
    }

    /// The path for a caller, of whom a farmer has a number.
    pub fn path(self, own: Option<i32>) -> String {
        let own = own.map_or_else(String::new, |id| id.to_string());
        self.as_str().replace("{own}", &own)
    }
}

struct Row {
    policy: Policy,
    opens: &'static str,
    admits: &'static [Role],
}

use Role::{Admin, Gaveur, Metrics, Public, Simulateur, Station, Superviseur, TechnicienSqal};

/// All policies. One that admits [`Role::Public`] needs no credentials.
#[rustfmt::skip]
const TABLE: [Row; 25] = [
    row(Policy::Open, "health without detail, static files, logging in", &Role::ALL),
    row(Policy::Account, "who is logged in", &[Gaveur, Superviseur, TechnicienSqal, Station, Simulateur, Metrics, Admin]),
    row(Policy::Consumer, "what consumers read and say of a product", &[Public, Gaveur, Superviseur, TechnicienSqal, Simulateur, Admin]),
    row(Policy::Codes, "the codes of products, which let their holder rate them", &[Superviseur, TechnicienSqal, Simulateur, Admin]),
    row(Policy::Label, "labelling products, and recalling them", &[TechnicienSqal, Admin]),
    row(Policy::Ratings, "what consumers have said", &[Superviseur, Simulateur, Admin]),
    row(Policy::Comments, "what consumers have written; of a farmer his own lots", &[Gaveur, Superviseur, Admin]),
    row(Policy::Wall, "the wall, and its frames", &[Superviseur, TechnicienSqal, Admin]),
    row(Policy::Alerts, "alerts, and the frames that tell of them", &[Gaveur, Superviseur, TechnicienSqal, Admin]),
    row(Policy::Gaveur, "the data of the gaveur in the address", &[Gaveur, Superviseur, Admin]),
    row(Policy::Lots, "lots, their meals and their quality", &[Gaveur, Superviseur, TechnicienSqal, Admin]),
    row(Policy::Meals, "writing down the meals of a lot", &[Gaveur, Superviseur, Admin]),
    row(Policy::Advice, "advice to farmers; a farmer sees what was sent to him", &[Gaveur, Superviseur, Admin]),
    row(Policy::AnswerAdvice, "a farmer's answer to advice", &[Gaveur, Admin]),
    row(Policy::Sites, "sites and lots as supervision sees them", &[Superviseur, TechnicienSqal, Admin]),
    row(Policy::Supervision, "figures and comparisons of supervision", &[Superviseur, Admin]),
    row(Policy::Quality, "samples and stations", &[Superviseur, TechnicienSqal, Admin]),
    row(Policy::Queue, "the queue of quality control", &[Superviseur, TechnicienSqal, Station, Simulateur, Admin]),
    row(Policy::Acknowledge, "taking notice of an alert", &[Gaveur, Superviseur, TechnicienSqal, Admin]),
    row(Policy::Control, "claiming a lot for quality control, and ending its control", &[TechnicienSqal, Station, Simulateur, Admin]),
    row(Policy::Feed, "sending meals", &[Station, Simulateur, Admin]),
    row(Policy::Samples, "sending samples", &[Station, Simulateur, Admin]),
    row(Policy::Metrics, "metrics, and the state of the server", &[Metrics, Admin]),
    row(Policy::Description, "the description of the API", &[Gaveur, Superviseur, TechnicienSqal, Admin]),
    row(Policy::Operate, "running the server and its simulators", &[Admin]),
];

const fn row(policy: Policy, opens: &'static str, admits: &'static [Role]) -> Row {
    Row {
        policy,
        opens,
        admits,
    }
}

impl Policy {
    pub fn admits(self, role: Role) -> bool {
        let row = TABLE.iter().find(|row| row.policy == self);
        row.is_some_and(|row| row.admits.contains(&role))
    }
}

/// The table as a page.
pub fn markdown() -> String {
    let mut page = String::from(HEAD);
    let roles = Role::ALL.map(Role::as_str);
    let names: Vec<_> = roles.iter().map(|role| format!("`{role}`")).collect();
    // Writing to a String cannot fail.
    let _ = writeln!(page, "| policy | opens | {} |", names.join(" | "));
    let _ = writeln!(page, "|---|---|{}", "---|".repeat(roles.len()));
    for Row {
        policy,
        opens,
        admits,
    } in &TABLE
    {
        let cell = |role: &Role| if admits.contains(role) { "✓" } else { "–" };
        let cells: Vec<_> = Role::ALL.iter().map(cell).collect();
        let _ = writeln!(page, "| `{policy:?}` | {opens} | {} |", cells.join(" | "));
    }
    page.push_str(LINKS);
    let _ = writeln!(page, "| page | {} |", names.join(" | "));
    let _ = writeln!(page, "|---|{}", "---|".repeat(roles.len()));
    for place in HeaderLink::ALL {
        let cell = |role: &Role| {
            if place.is_shown_to(*role) {
                "✓"
            } else {
                "–"
            }
        };
        let cells: Vec<_> = Role::ALL.iter().map(cell).collect();
        let _ = writeln!(page, "| `{place}` | {} |", cells.join(" | "));
    }
    page
}

const HEAD: &str = "\
# Access

Every route has a policy, which admits some roles; other callers get a 403. What a caller sees is also limited to a scope: everything, some
sites, or one gaveur. A row without a site is visible only to callers who see everything, and a row without a gaveur to no farmer. If an
address names a gaveur, a farmer may name only himself.

With `--auth on` a caller presents a key (`gaveurs keys --help`) or a token of the identity provider (`--oidc-issuer`). Either gives a role and
a scope; the role `public` is for callers without credentials. With `--auth off` and `--auth open` every caller is an `admin` who sees
everything, and credentials are not looked at.

A producer's key also limits what it writes: its sites, its gaveur, its station. A message that is not its own is answered with an `error` that
names the field. A key that is limited to a gaveur continues no lot of another, and one of a site none of another site.

Programs of a network that is named in `--trust-network` have its role without a key. Who presents bad credentials or asks too often is answered 429
([0062](decisions/0062-limits-of-callers.md)).

";

const LINKS: &str = "
The header of every page leads to the pages of its reader's work. Without authentication it leads everywhere but to a farmer's own page. To
`/controle` it leads only on a server with a control panel (`--control`).

";

#[cfg(test)]
mod tests {
    use super::*;

    /// One letter for each role that is admitted, in the order of the roles; a space for one that is not.
    #[rustfmt::skip]
    const AGREED: [(Policy, &str); 25] = [
        (Policy::Open,        "pgstSiMA"),
        (Policy::Account,     " gstSiMA"),
        (Policy::Consumer,    "pgst i A"),
        (Policy::Codes,       "  st i A"),
        (Policy::Label,       "   t   A"),
        (Policy::Ratings,     "  s  i A"),
        (Policy::Comments,    " gs    A"),
        (Policy::Wall,        "  st   A"),
        (Policy::Alerts,      " gst   A"),
        (Policy::Gaveur,      " gs    A"),
        (Policy::Lots,        " gst   A"),
        (Policy::Meals,       " gs    A"),
        (Policy::Advice,      " gs    A"),
        (Policy::AnswerAdvice, " g     A"),
        (Policy::Sites,       "  st   A"),
        (Policy::Supervision, "  s    A"),
        (Policy::Quality,     "  st   A"),
        (Policy::Queue,       "  stSi A"),
        (Policy::Acknowledge, " gst   A"),
        (Policy::Control,     "   tSi A"),
        (Policy::Feed,        "    Si A"),
        (Policy::Samples,     "    Si A"),
        (Policy::Metrics,     "      MA"),
        (Policy::Description, " gst   A"),
        (Policy::Operate,     "       A"),
    ];

    #[test]
    fn a_policy_admits_the_agreed_roles_and_no_other() {
        for (policy, roles) in AGREED {
            for (role, cell) in Role::ALL.into_iter().zip(roles.chars()) {
                assert_eq!(policy.admits(role), cell != ' ', "{policy:?} {role:?}");
            }
        }
    }

    #[test]
    fn the_header_leads_everybody_only_where_he_is_admitted_and_home_among_it() {
        for role in Role::ALL {
            let shown = HeaderLink::ALL
                .into_iter()
                .filter(|it| it.is_shown_to(role));
            let shown: Vec<_> = shown.collect();
            assert!(shown.iter().all(|it| it.policy().admits(role)), "{role:?}");
            assert!(shown.is_empty() || shown.contains(&HeaderLink::home(role)));
        }
        let links_of = |role| {
            HeaderLink::ALL
                .into_iter()
                .filter(move |it| it.is_shown_to(role))
        };
        assert_eq!(links_of(Gaveur).collect::<Vec<_>>(), [HeaderLink::Own]);
        assert_eq!(HeaderLink::Own.path(Some(7)), "/gaveur/7");
        assert_eq!(links_of(Public).count(), 0);
        assert_eq!(links_of(Admin).count(), HeaderLink::ALL.len() - 1);
    }

    #[test]
    fn the_published_page_is_the_table() {
        let published = include_str!("../../docs/access.md");
        let page = markdown();
        assert_eq!(published, page, "docs/access.md must be:\n{page}");
    }
}
