mod admins;
mod digest;
mod drift;
mod limits;
mod people;
mod safety;
mod strangers;
