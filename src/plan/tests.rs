//! Tests of the core as a whole: tables of small named cases, and properties of made-up companies.

mod addresses;
mod admins;
mod assertions;
mod company;
mod digest;
mod drift;
mod gone;
mod grants;
mod leavers;
mod limits;
mod look_alikes;
mod people;
mod properties;
mod safety;
mod shrinkage;
mod staged;
mod strangers;
