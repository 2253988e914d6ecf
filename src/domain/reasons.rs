//! Reasons of drops and refusals: the labels of `gaveurs_drops_total`, `gaveurs_errors_total` and `gaveurs_refusals_total`, which
//! docs/metrics.md explains.

use super::words::words;

words! {
    /// Why something was dropped.
    pub enum DropReason {
        AnswerQueueFull = "answer_queue_full",
        NewsFull = "news_full",
        RegistryFull = "registry_full",
        RegistryRefused = "registry_refused",
        ReplacedByNewer = "replaced_by_newer",
        SaidBeforeNewer = "said_before_newer",
        SessionGone = "session_gone",
        SessionMailboxFull = "session_mailbox_full",
        DeviceReport = "device_report",
        SlowConsumer = "slow_consumer",
        UnfinishedMessagesFull = "unfinished_messages_full",
        WallFull = "wall_full",
    }
}

words! {
    /// Why a message was answered with an `error` frame.
    pub enum ErrorReason {
        Binary = "binary",
        Database = "database",
        EmptyBatch = "empty_batch",
        Forbidden = "forbidden",
        InvalidField = "invalid_field",
        InvalidJson = "invalid_json",
        NotAnObject = "not_an_object",
        NotFinite = "not_finite",
        QueueFull = "queue_full",
        Token = "token",
    }
}

words! {
    /// Why a request was refused because of who sends it.
    pub enum RefusalReason {
        BadCredentials = "bad_credentials",
        ForeignHost = "foreign_host",
        ForeignPage = "foreign_page",
        TooManyFailures = "too_many_failures",
        TooManyRequests = "too_many_requests",
        TooManySockets = "too_many_sockets",
    }
}
