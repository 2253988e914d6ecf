//! Reasons of drops and refusals: the labels of `gaveurs_drops_total` and `gaveurs_errors_total`, which docs/metrics.md explains.

/// Why something was dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DropReason {
    AnswerQueueFull,
    RegistryFull,
    RegistryRefused,
    ReplacedByNewer,
    SaidBeforeNewer,
    SessionGone,
    SessionMailboxFull,
    DeviceReport,
    SlowConsumer,
    UnfinishedMessagesFull,
    WallFull,
}

impl DropReason {
    pub const ALL: [DropReason; 11] = [
        DropReason::AnswerQueueFull,
        DropReason::RegistryFull,
        DropReason::RegistryRefused,
        DropReason::ReplacedByNewer,
        DropReason::SaidBeforeNewer,
        DropReason::SessionGone,
        DropReason::SessionMailboxFull,
        DropReason::DeviceReport,
        DropReason::SlowConsumer,
        DropReason::UnfinishedMessagesFull,
        DropReason::WallFull,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            DropReason::AnswerQueueFull => "answer_queue_full",
            DropReason::RegistryFull => "registry_full",
            DropReason::RegistryRefused => "registry_refused",
            DropReason::ReplacedByNewer => "replaced_by_newer",
            DropReason::SaidBeforeNewer => "said_before_newer",
            DropReason::SessionGone => "session_gone",
            DropReason::SessionMailboxFull => "session_mailbox_full",
            DropReason::DeviceReport => "device_report",
            DropReason::SlowConsumer => "slow_consumer",
            DropReason::UnfinishedMessagesFull => "unfinished_messages_full",
            DropReason::WallFull => "wall_full",
        }
    }
}

/// Why a message was answered with an `error` frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorReason {
    Binary,
    Database,
    EmptyBatch,
    InvalidField,
    InvalidJson,
    NotAnObject,
    NotFinite,
    QueueFull,
}

impl ErrorReason {
    pub const ALL: [ErrorReason; 8] = [
        ErrorReason::Binary,
        ErrorReason::Database,
        ErrorReason::EmptyBatch,
        ErrorReason::InvalidField,
        ErrorReason::InvalidJson,
        ErrorReason::NotAnObject,
        ErrorReason::NotFinite,
        ErrorReason::QueueFull,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            ErrorReason::Binary => "binary",
            ErrorReason::Database => "database",
            ErrorReason::EmptyBatch => "empty_batch",
            ErrorReason::InvalidField => "invalid_field",
            ErrorReason::InvalidJson => "invalid_json",
            ErrorReason::NotAnObject => "not_an_object",
            ErrorReason::NotFinite => "not_finite",
            ErrorReason::QueueFull => "queue_full",
        }
    }
}
