//! Reads the trait, and refuses what could not be called over a wire.

use proc_macro2::TokenStream;
use syn::{
    Attribute, Error, FnArg, GenericArgument, Ident, ItemTrait, LitStr, Pat, PatType, PathArguments, Result,
    ReturnType, Signature, TraitItem, TraitItemFn, Type, parse::Parser, parse_quote, spanned::Spanned,
};

use crate::names;

/// A trait that can be a service.
pub struct Contract {
    /// The trait without the macro's own attributes, with the supertraits that a service needs.
    pub item: ItemTrait,
    /// The service's name in paths, metrics and logs.
    pub service: String,
    pub methods: Vec<Method>,
}

/// A method that can be called over a wire.
pub struct Method {
    /// Documentation and lints, without the macro's own attributes.
    pub attributes: Vec<Attribute>,
    pub signature: Signature,
    pub kind: Kind,
    /// What the context's parameter is called.
    pub context: Ident,
    pub arguments: Vec<Argument>,
    pub answer: Type,
    pub error: Type,
}

pub struct Argument {
    pub name: Ident,
    pub ty: Type,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Read,
    Idempotent,
    Command,
}

/// Reads the macro's arguments and the trait; reports all that is wrong at once.
pub fn read(arguments: TokenStream, item: TokenStream) -> Result<Contract> {
    let mut item: ItemTrait = syn::parse2(item)?;
    let service = service_name(arguments, &item.ident)?;
    if !item.generics.params.is_empty() {
        return Err(Error::new_spanned(&item.generics, "a service has no type parameters"));
    }
    item.supertraits.push(parse_quote!(::core::marker::Send));
    item.supertraits.push(parse_quote!(::core::marker::Sync));
    item.supertraits.push(parse_quote!('static));

    let mut methods = Vec::with_capacity(item.items.len());
    let mut wrong: Option<Error> = None;
    for member in &mut item.items {
        let read = match member {
            TraitItem::Fn(function) => read_method(function),
            other => Err(Error::new_spanned(other, "a service has methods only")),
        };
        match (read, &mut wrong) {
            (Ok(method), _) => methods.push(method),
            (Err(error), Some(earlier)) => earlier.combine(error),
            (Err(error), None) => wrong = Some(error),
        }
    }
    match wrong {
        Some(error) => Err(error),
        None => Ok(Contract { item, service, methods }),
    }
}

fn service_name(arguments: TokenStream, trait_name: &Ident) -> Result<String> {
    let mut name = names::snake_case(&trait_name.to_string());
    let parser = syn::meta::parser(|meta| {
        if !meta.path.is_ident("service") {
            return Err(meta.error("only `service = \"name\"` is known here"));
        }
        let text: LitStr = meta.value()?.parse()?;
        name = text.value();
        if names::is_service_name(&name) {
            Ok(())
        } else {
            Err(Error::new_spanned(text, "a service's name has lower-case letters, digits and underscores"))
        }
    });
    parser.parse2(arguments)?;
    Ok(name)
}

fn read_method(function: &mut TraitItemFn) -> Result<Method> {
    let kind = take_kind(&mut function.attrs)?;
    if let Some(body) = &function.default {
        return Err(Error::new_spanned(body, "a service's method has no body here"));
    }
    let signature = &function.sig;
    if signature.asyncness.is_none() {
        return Err(Error::new_spanned(signature.fn_token, "a service's method is `async`"));
    }
    if !signature.generics.params.is_empty() {
        return Err(Error::new_spanned(&signature.generics, "a service's method has no type parameters"));
    }
    let (context, arguments) = read_inputs(signature)?;
    let (answer, error) = read_output(signature)?;
    Ok(Method {
        attributes: function.attrs.clone(),
        signature: signature.clone(),
        kind,
        context,
        arguments,
        answer,
        error,
    })
}

/// Takes `#[read]` and `#[idempotent]` out of the attributes.
fn take_kind(attributes: &mut Vec<Attribute>) -> Result<Kind> {
    let mut kind = Kind::Command;
    let mut kept = Vec::with_capacity(attributes.len());
    for attribute in attributes.drain(..) {
        let named = if attribute.path().is_ident("read") {
            Kind::Read
        } else if attribute.path().is_ident("idempotent") {
            Kind::Idempotent
        } else {
            if attribute.path().is_ident("cfg") {
                return Err(Error::new_spanned(attribute, "a service's methods do not depend on the build"));
            }
            kept.push(attribute);
            continue;
        };
        attribute.meta.require_path_only()?;
        if kind != Kind::Command {
            return Err(Error::new_spanned(
                attribute,
                "one of `#[read]` and `#[idempotent]` is enough: a read is idempotent",
            ));
        }
        kind = named;
    }
    *attributes = kept;
    Ok(kind)
}

fn read_inputs(signature: &Signature) -> Result<(Ident, Vec<Argument>)> {
    let wanted = "a service's method takes `&self, cx: &Cx` and then its arguments";
    let mut inputs = signature.inputs.iter();
    match inputs.next() {
        Some(FnArg::Receiver(this)) if this.reference.is_some() && this.mutability.is_none() => {}
        Some(other) => return Err(Error::new_spanned(other, wanted)),
        None => return Err(Error::new(signature.paren_token.span.join(), wanted)),
    }
    let context = match inputs.next() {
        Some(FnArg::Typed(typed)) if is_context(&typed.ty) => plain_name(typed)?,
        Some(other) => return Err(Error::new_spanned(other, wanted)),
        None => return Err(Error::new(signature.paren_token.span.join(), wanted)),
    };
    let arguments = inputs
        .filter_map(|input| match input {
            FnArg::Typed(typed) => Some(read_argument(typed)),
            FnArg::Receiver(_) => None,
        })
        .collect::<Result<_>>()?;
    Ok((context, arguments))
}

/// Recognises `&Cx`, by whatever path.
fn is_context(ty: &Type) -> bool {
    let Type::Reference(reference) = ty else {
        return false;
    };
    let Type::Path(path) = &*reference.elem else {
        return false;
    };
    reference.mutability.is_none() && path.path.segments.last().is_some_and(|last| last.ident == "Cx")
}

fn read_argument(typed: &PatType) -> Result<Argument> {
    match &*typed.ty {
        Type::Reference(_) => {
            Err(Error::new_spanned(&typed.ty, "arguments may cross to another process: take them owned"))
        }
        Type::ImplTrait(_) => Err(Error::new_spanned(&typed.ty, "arguments cross the wire: name the type")),
        ty => Ok(Argument { name: plain_name(typed)?, ty: ty.clone() }),
    }
}

fn plain_name(typed: &PatType) -> Result<Ident> {
    match &*typed.pat {
        Pat::Ident(pattern) if pattern.by_ref.is_none() && pattern.mutability.is_none() && pattern.subpat.is_none() => {
            Ok(pattern.ident.clone())
        }
        other => Err(Error::new_spanned(other, "the argument's name is its name on the wire: give it a plain one")),
    }
}

/// Takes `T` and `E` out of `Result<T, E>`.
fn read_output(signature: &Signature) -> Result<(Type, Type)> {
    let wanted = "a service's method answers with `Result<T, E>`, both types written out";
    let ReturnType::Type(_, output) = &signature.output else {
        return Err(Error::new(signature.paren_token.span.join(), wanted));
    };
    let refused = || Error::new(output.span(), wanted);
    let Type::Path(path) = &**output else {
        return Err(refused());
    };
    let last = path.path.segments.last().filter(|last| last.ident == "Result").ok_or_else(refused)?;
    let PathArguments::AngleBracketed(generics) = &last.arguments else {
        return Err(refused());
    };
    match generics.args.iter().collect::<Vec<_>>()[..] {
        [GenericArgument::Type(answer), GenericArgument::Type(error)] => Ok((answer.clone(), error.clone())),
        _ => Err(refused()),
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    fn refusal(item: TokenStream) -> String {
        match read(TokenStream::new(), item) {
            Ok(_) => panic!("this should have been refused"),
            Err(error) => error.into_iter().map(|one| one.to_string()).collect::<Vec<_>>().join("; "),
        }
    }

    #[test]
    fn kinds_names_and_types_are_read() {
        let contract = read(
            quote!(service = "stock"),
            quote! {
                pub trait Inventory {
                    #[read]
                    async fn level(&self, cx: &Cx, sku: String) -> Result<Option<Level>, Error>;
                    #[idempotent]
                    async fn reserve(&self, context: &souk_types::Cx) -> Result<(), Error>;
                    async fn adjust(&self, cx: &Cx, sku: String, by: i64) -> Result<(), Error>;
                }
            },
        )
        .unwrap();
        assert_eq!(contract.service, "stock");
        let kinds: Vec<_> = contract.methods.iter().map(|method| method.kind).collect();
        assert!(kinds == [Kind::Read, Kind::Idempotent, Kind::Command]);
        assert_eq!(contract.methods[1].context, "context");
        assert_eq!(contract.methods[2].arguments[1].name, "by");
    }

    #[test]
    fn every_wrong_method_is_reported() {
        let text = refusal(quote! {
            trait Inventory {
                fn level(&self, cx: &Cx) -> Result<(), Error>;
                async fn adjust(&self, cx: &Cx, sku: &str) -> Result<(), Error>;
            }
        });
        assert!(text.contains("is `async`") && text.contains("take them owned"), "{text}");
    }

    #[test]
    fn a_method_without_a_context_is_refused() {
        let text = refusal(quote! { trait T { async fn level(&self, sku: String) -> Result<(), Error>; } });
        assert!(text.contains("`&self, cx: &Cx`"), "{text}");
    }

    #[test]
    fn a_result_without_its_error_is_refused() {
        let text = refusal(quote! { trait T { async fn level(&self, cx: &Cx) -> io::Result<u8>; } });
        assert!(text.contains("both types written out"), "{text}");
    }

    #[test]
    fn a_read_need_not_be_called_idempotent() {
        let text = refusal(quote! { trait T { #[read] #[idempotent] async fn a(&self, cx: &Cx) -> Result<u8, E>; } });
        assert!(text.contains("a read is idempotent"), "{text}");
    }

    #[test]
    fn a_strange_service_name_is_refused() {
        let refused = read(quote!(service = "No/Way"), quote! { trait T {} });
        assert!(refused.is_err_and(|error| error.to_string().contains("lower-case")));
    }
}
