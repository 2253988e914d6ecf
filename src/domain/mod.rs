//! Pure rules: no actors, no SQL, no clock (time is passed in).

pub mod alert;
pub mod audience;
pub mod backlog;
pub mod batch;
pub mod calendar;
pub mod disconnects;
pub mod effects;
pub mod horodatage;
pub mod identity;
pub mod lot;
pub mod mean;
pub mod moment;
pub mod novelty;
pub mod places;
pub mod production;
pub mod quality;
pub mod reading;
pub mod rounding;
pub mod shrink;
pub mod silence;
pub mod site;
pub mod stream;
pub mod subscriptions;
pub mod users;
pub mod wall;
pub mod weighings;
