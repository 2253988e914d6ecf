mod accounts;
mod forge;
mod hostile;
mod key_sets;
mod logins;
mod logouts;
mod mutants;
