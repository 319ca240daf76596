//! In which order people stand.

use crate::names::names;

names! {
    /// By what people are put in order. How much somebody saved is none of it.
    Order {
        Name = "name", "Name";
        NetPerSave = "net_per_save", "Net saved per save";
        Promises = "promises", "Promises kept";
        Log = "log", "Log quality";
        Stick = "stick", "Still here after 30 days";
    }
}
