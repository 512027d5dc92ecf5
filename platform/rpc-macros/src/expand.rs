//! Writes what a contract becomes. Names of the expansion's own locals start with two underscores, so
//! that no argument can be mistaken for one.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Type, ext::IdentExt, spanned::Spanned};

use crate::{
    contract::{Contract, Kind, Method},
    names,
};

struct Names {
    client: Ident,
    dispatch: Ident,
    dispatcher: Ident,
    router: Ident,
    methods: Ident,
}

/// Writes the trait, its client, its dispatcher, its router and its table of methods.
pub fn expand(contract: &Contract) -> TokenStream {
    let snake = names::snake_case(&contract.item.ident.to_string());
    let names = Names {
        client: format_ident!("{}Client", contract.item.ident),
        dispatch: format_ident!("{snake}_dispatch"),
        dispatcher: format_ident!("__{}Dispatch", contract.item.ident),
        router: format_ident!("{snake}_router"),
        methods: format_ident!("{}_METHODS", snake.to_uppercase()),
    };
    let item = &contract.item;
    let table = table(contract, &names);
    let client = client(contract, &names);
    let server = server(contract, &names);
    let checks = contract.methods.iter().map(checks);
    quote! {
        const _: fn() = || { #(#checks)* };
        #[::souk_rpc::__private::async_trait]
        #item
        #table
        #client
        #server
    }
}

/// Says of every type that it can cross, where the type stands, so that the compiler points there.
fn checks(method: &Method) -> TokenStream {
    let data = method.arguments.iter().map(|argument| &argument.ty).chain([&method.answer]).map(|ty| {
        quote_spanned! {at(ty)=> ::souk_rpc::__private::crosses_the_wire::<#ty>(); }
    });
    let error = &method.error;
    quote_spanned! {at(error)=>
        #(#data)*
        ::souk_rpc::__private::is_service_error::<#error>();
    }
}

/// Where a type stands, but as a part of the expansion, so that lints leave it alone.
fn at(ty: &Type) -> Span {
    Span::call_site().located_at(ty.span())
}

fn table(contract: &Contract, names: &Names) -> TokenStream {
    let (vis, table, service) = (&contract.item.vis, &names.methods, &contract.service);
    let rows = contract.methods.iter().map(|method| {
        let name = method.signature.ident.unraw().to_string();
        let kind = match method.kind {
            Kind::Read => quote!(Read),
            Kind::Idempotent => quote!(Idempotent),
            Kind::Command => quote!(Command),
        };
        quote! {
            ::souk_rpc::Method { service: #service, name: #name, kind: ::souk_rpc::MethodKind::#kind }
        }
    });
    let doc = format!("The methods of [`{}`], in the order in which they are declared.", contract.item.ident);
    quote! {
        #[doc = #doc]
        #vis const #table: &[::souk_rpc::Method] = &[#(#rows),*];
    }
}

fn client(contract: &Contract, names: &Names) -> TokenStream {
    let (vis, name, client, router) = (&contract.item.vis, &contract.item.ident, &names.client, &names.router);
    let methods = contract.methods.iter().enumerate().map(|(index, method)| client_method(method, index, names));
    let doc = format!("Calls [`{name}`], in this process or in another. Cheap to clone.");
    let label = client.to_string();
    quote! {
        #[doc = #doc]
        #vis struct #client(::souk_rpc::__private::Route<dyn #name>);

        impl #client {
            /// Calls the service in this process: arguments and answers are moved, not serialised.
            pub fn local(service: ::std::sync::Arc<dyn #name>) -> Self {
                Self(::souk_rpc::__private::Route::Local(service))
            }

            /// Calls the service in this process through its router, serialising as between processes.
            pub fn loopback(service: ::std::sync::Arc<dyn #name>) -> Self {
                Self::over(::souk_rpc::__private::loopback(#router(service)))
            }

            /// Calls the service over a transport.
            pub fn over(wire: ::std::sync::Arc<dyn ::souk_rpc::Wire>) -> Self {
                Self(::souk_rpc::__private::Route::Wire(wire))
            }

            #(#methods)*
        }

        impl ::core::clone::Clone for #client {
            fn clone(&self) -> Self {
                Self(::core::clone::Clone::clone(&self.0))
            }
        }

        impl ::core::fmt::Debug for #client {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_tuple(#label).field(&self.0).finish()
            }
        }
    }
}

fn client_method(method: &Method, index: usize, names: &Names) -> TokenStream {
    let Method { attributes, signature, context, .. } = method;
    let (call, table, index) = (&signature.ident, &names.methods, Literal::usize_unsuffixed(index));
    let arguments: Vec<_> = method.arguments.iter().map(|argument| &argument.name).collect();
    let (wire_span, local_span) = (at(&method.answer), at(&method.error));
    let local = if method.kind == Kind::Read {
        quote_spanned! {local_span=>
            ::souk_rpc::__private::inline(&__METER, #context, __service.#call(#context, #(#arguments),*)).await
        }
    } else {
        quote_spanned! {local_span=>
            let (__service, __cx) = (::std::sync::Arc::clone(__service), ::core::clone::Clone::clone(#context));
            let __work = async move { __service.#call(&__cx, #(#arguments),*).await };
            ::souk_rpc::__private::in_own_task(&__METER, #context, __work).await
        }
    };
    let puts = method.arguments.iter().map(|argument| {
        let (name, key) = (&argument.name, argument.name.unraw().to_string());
        quote_spanned! {at(&argument.ty)=> __arguments.put(#key, &#name); }
    });
    let over_wire = quote_spanned! {wire_span=>
        ::souk_rpc::__private::over_wire(&__METER, &**__wire, #context, __arguments).await
    };
    quote! {
        #(#attributes)*
        pub #signature {
            static __METER: ::souk_rpc::__private::Meter = ::souk_rpc::__private::Meter::client(#table[#index]);
            match &self.0 {
                ::souk_rpc::__private::Route::Local(__service) => { #local }
                ::souk_rpc::__private::Route::Wire(__wire) => {
                    let mut __arguments = ::souk_rpc::__private::ArgumentsOut::new();
                    #(#puts)*
                    #over_wire
                }
            }
        }
    }
}

fn server(contract: &Contract, names: &Names) -> TokenStream {
    let (vis, name) = (&contract.item.vis, &contract.item.ident);
    let Names { dispatch, dispatcher, router, methods: table, .. } = names;
    let arms = contract.methods.iter().enumerate().map(|(index, method)| dispatch_arm(method, index, names));
    let dispatch_doc = format!("Calls [`{name}`] by method name with JSON arguments.");
    let router_doc = format!(
        "Serves [`{name}`] at `POST /rpc/{}/<method>`. For the internal listener only: it believes the \
         `souk-actor` header.",
        contract.service
    );
    quote! {
        #[doc = #dispatch_doc]
        #vis fn #dispatch(service: ::std::sync::Arc<dyn #name>) -> ::std::sync::Arc<dyn ::souk_rpc::Dispatch> {
            ::std::sync::Arc::new(#dispatcher(service))
        }

        #[doc = #router_doc]
        #vis fn #router(service: ::std::sync::Arc<dyn #name>) -> ::souk_rpc::__private::Router {
            ::souk_rpc::router(&#dispatch(service))
        }

        struct #dispatcher(::std::sync::Arc<dyn #name>);

        impl ::souk_rpc::Dispatch for #dispatcher {
            fn methods(&self) -> &'static [::souk_rpc::Method] {
                #table
            }

            fn dispatch<'a>(
                &'a self,
                __method: &'a str,
                __cx: &'a ::souk_rpc::__private::Cx,
                __body: ::souk_rpc::__private::Bytes,
            ) -> ::souk_rpc::__private::Dispatched<'a> {
                match __method {
                    #(#arms)*
                    _ => ::souk_rpc::__private::no_such_method(#table, __method),
                }
            }
        }
    }
}

fn dispatch_arm(method: &Method, index: usize, names: &Names) -> TokenStream {
    let (call, table, index) = (&method.signature.ident, &names.methods, Literal::usize_unsuffixed(index));
    let wire_name = call.unraw().to_string();
    let arguments: Vec<_> = method.arguments.iter().map(|argument| &argument.name).collect();
    let keys: Vec<_> = arguments.iter().map(|name| name.unraw().to_string()).collect();
    let takes = method.arguments.iter().zip(&keys).map(|(argument, key)| {
        let (name, ty) = (&argument.name, &argument.ty);
        quote_spanned! {at(ty)=> let #name: #ty = ::souk_rpc::__private::argument(#key, #name)?; }
    });
    let read = quote! {
        let [#(#arguments),*] = ::souk_rpc::__private::arguments(&__body, [#(#keys),*])?;
        #(#takes)*
    };
    let (answer_span, error_span) = (at(&method.answer), at(&method.error));
    let outcome = if method.kind == Kind::Read {
        quote_spanned! {error_span=>
            let __work = ::std::boxed::Box::pin(async move {
                #read
                self.0.#call(__cx, #(#arguments),*).await
            });
            let __outcome = ::souk_rpc::__private::inline(&__METER, __cx, __work);
        }
    } else {
        quote_spanned! {error_span=>
            let (__service, __task_cx) = (::std::sync::Arc::clone(&self.0), ::core::clone::Clone::clone(__cx));
            let __work = async move {
                #read
                __service.#call(&__task_cx, #(#arguments),*).await
            };
            let __outcome = ::souk_rpc::__private::in_own_task(&__METER, __cx, __work);
        }
    };
    let encode = quote_spanned! {answer_span=> ::souk_rpc::__private::encode(__outcome) };
    quote! {
        #wire_name => {
            static __METER: ::souk_rpc::__private::Meter = ::souk_rpc::__private::Meter::server(#table[#index]);
            #outcome
            ::std::boxed::Box::pin(#encode)
        }
    }
}
