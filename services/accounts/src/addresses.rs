//! Addresses that customers keep.

use souk_contracts::{
    Address, AddressId, CustomerId,
    accounts::{ADDRESSES_MAX, AddressDraft, Error, SavedAddress},
};
use souk_store::Tx;
use souk_types::{Cx, Fault};

use crate::{recovery::require_self, service::AccountsService, store::addresses};

impl AccountsService {
    /// The addresses of a customer, the default first.
    pub async fn addresses_of(&self, cx: &Cx, customer: CustomerId) -> Result<Vec<SavedAddress>, Error> {
        require_self(cx, customer)?;
        Ok(self.store.read(cx, move |tx| addresses::of_customer(tx, customer)).await?)
    }

    /// Keeps an address.
    pub async fn keep_address(&self, cx: &Cx, customer: CustomerId, draft: AddressDraft) -> Result<(), Error> {
        require_self(cx, customer)?;
        let AddressDraft { id, version, address, is_default } = draft;
        let address = trimmed(address);
        let problems = address.problems("address");
        if !problems.is_empty() {
            return Err(Fault::invalid_fields(problems).into());
        }
        let work = move |tx: &mut Tx<'_>| {
            let change = count_change(tx, customer)?;
            let kept = addresses::of_customer(tx, customer)?;
            match kept.iter().find(|saved| saved.id == id) {
                Some(saved) => still(version, saved)?,
                None if version.is_some() => return Err(Fault::not_found("the address").into()),
                None if kept.len() >= ADDRESSES_MAX => {
                    return Err(Error::TooManyAddresses { addresses_max: ADDRESSES_MAX });
                }
                None => {}
            }
            addresses::put(tx, customer, id, &address)?;
            let default = kept.first().map(|first| first.id);
            if is_default || default.is_none() {
                addresses::prefer(tx, customer, id, change)?;
                if let Some(before) = default.filter(|before| *before != id) {
                    addresses::count_version(tx, customer, before)?;
                }
            }
            Ok(())
        };
        self.store.write(cx, work).await
    }

    /// Makes an address the default.
    pub async fn default_address(&self, cx: &Cx, customer: CustomerId, id: AddressId) -> Result<(), Error> {
        require_self(cx, customer)?;
        let work = move |tx: &mut Tx<'_>| {
            let change = count_change(tx, customer)?;
            let kept = addresses::of_customer(tx, customer)?;
            if kept.iter().all(|saved| saved.id != id) {
                return Err(Error::from(Fault::not_found("the address")));
            }
            if let Some(before) = kept.first().filter(|before| before.id != id) {
                addresses::prefer(tx, customer, id, change)?;
                addresses::count_version(tx, customer, before.id)?;
                addresses::count_version(tx, customer, id)?;
            }
            Ok(())
        };
        self.store.write(cx, work).await
    }

    /// Removes an address.
    pub async fn drop_address(
        &self,
        cx: &Cx,
        customer: CustomerId,
        id: AddressId,
        version: Option<i64>,
    ) -> Result<(), Error> {
        require_self(cx, customer)?;
        let work = move |tx: &mut Tx<'_>| {
            if addresses::count_change(tx, customer)?.is_none() {
                return Ok(());
            }
            let kept = addresses::of_customer(tx, customer)?;
            let Some(saved) = kept.iter().find(|saved| saved.id == id) else { return Ok(()) };
            still(version, saved)?;
            addresses::delete(tx, customer, id)?;
            if let Some(next) = kept.get(1).filter(|_| saved.is_default) {
                addresses::count_version(tx, customer, next.id)?;
            }
            Ok(())
        };
        self.store.write(cx, work).await
    }
}

/// Refuses whoever saw another version than the present one.
fn still(seen: Option<i64>, saved: &SavedAddress) -> Result<(), Error> {
    match seen {
        Some(version) if version != saved.version => Err(Error::VersionConflict { current: saved.version }),
        _ => Ok(()),
    }
}

fn count_change(tx: &mut Tx<'_>, customer: CustomerId) -> Result<i64, Fault> {
    addresses::count_change(tx, customer)?.ok_or_else(|| Fault::not_found("the customer"))
}

fn trimmed(address: Address) -> Address {
    let Address { name, line1, line2, city, region, postal_code, country, phone } = address;
    let [name, line1, line2, city, region, postal_code, country, phone] =
        [name, line1, line2, city, region, postal_code, country, phone].map(|text| text.trim().to_owned());
    Address { name, line1, line2, city, region, postal_code, country, phone }
}
