//! Addresses that customers keep.

use souk_contracts::{
    Address, AddressId, CustomerId,
    accounts::{ADDRESSES_MAX, Error, SavedAddress},
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
    pub async fn keep_address(&self, cx: &Cx, customer: CustomerId, saved: SavedAddress) -> Result<(), Error> {
        require_self(cx, customer)?;
        let SavedAddress { id, address, is_default } = saved;
        let address = trimmed(address);
        let problems = address.problems("address");
        if !problems.is_empty() {
            return Err(Fault::invalid_fields(problems).into());
        }
        let work = move |tx: &mut Tx<'_>| {
            let change = count_change(tx, customer)?;
            let kept = addresses::of_customer(tx, customer)?;
            if kept.len() >= ADDRESSES_MAX && kept.iter().all(|saved| saved.id != id) {
                return Err(Error::TooManyAddresses { addresses_max: ADDRESSES_MAX });
            }
            addresses::put(tx, customer, id, &address)?;
            if is_default || kept.is_empty() {
                addresses::prefer(tx, customer, id, change)?;
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
            if !addresses::prefer(tx, customer, id, change)? {
                return Err(Error::from(Fault::not_found("the address")));
            }
            Ok(())
        };
        self.store.write(cx, work).await
    }

    /// Removes an address.
    pub async fn drop_address(&self, cx: &Cx, customer: CustomerId, id: AddressId) -> Result<(), Error> {
        require_self(cx, customer)?;
        Ok(self.store.write(cx, move |tx| addresses::delete(tx, customer, id)).await?)
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
