//! Who asks for a change, and what is recorded of it.

use super::{access::Role, words::words};
use core::net::IpAddr;

/// Who asks for a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// Of this request alone, so that it is recorded once however often its transaction is tried.
    pub request: i64,
    /// `key:<id>`, or `oidc:<sub>` of a person, or `anyone` without authentication, or `operator` for the command line.
    pub principal: String,
    pub name: String,
    pub role: Role,
    pub address: Option<IpAddr>,
}

impl Author {
    /// His name, if he presented credentials.
    pub fn known_name(&self) -> Option<&str> {
        Some(self.name.as_str()).filter(|name| !name.is_empty())
    }

    /// Whoever runs a command on the server's machine.
    pub fn operator(request: i64) -> Self {
        Author {
            request,
            principal: "operator".to_owned(),
            name: String::new(),
            role: Role::Admin,
            address: None,
        }
    }
}

words! {
    /// What was done.
    pub enum Action {
        Acknowledge = "acknowledge",
        Withdraw = "withdraw",
        Claim = "claim",
        Finish = "finish",
        EnterMeal = "enter_meal",
        DeleteMeal = "delete_meal",
        ProposeCurve = "propose_curve",
        DecideCurve = "decide_curve",
        PlanLot = "plan_lot",
        StepLot = "step_lot",
        LabelLot = "label_lot",
        RecallProduct = "recall_product",
        DecideAdvice = "decide_advice",
        AnswerAdvice = "answer_advice",
        AnswerCorrection = "answer_correction",
        CreateKey = "create_key",
        RevokeKey = "revoke_key",
        RotateKey = "rotate_key",
        LogIn = "log_in",
        LogOut = "log_out",
    }
}
