/// Declares a service's error enum: its own refusals, each with a kind, a stable code and a public message,
/// and [`Fault`](souk_types::Fault) for everything that is not peculiar to it.
macro_rules! service_errors {
    ($(
        $(#[$doc:meta])*
        $variant:ident $({ $($field:ident: $type:ty),* $(,)? })? = $kind:ident, $code:literal, $message:literal
            $(, retry after $seconds:ident)?;
    )*) => {
        /// Why this service refuses.
        #[derive(Debug, Clone, PartialEq, thiserror::Error, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Error {
            $(
                $(#[$doc])*
                #[error($message)]
                $variant $({ $(#[doc = stringify!($field)] $field: $type),* })?,
            )*
            /// Anything that is not peculiar to this service.
            #[error(transparent)]
            Fault(#[from] souk_types::Fault),
        }

        impl souk_types::ServiceError for Error {
            fn kind(&self) -> souk_types::ErrorKind {
                match self {
                    $(Self::$variant { .. } => souk_types::ErrorKind::$kind,)*
                    Self::Fault(fault) => fault.kind,
                }
            }
            fn public_message(&self) -> String {
                match self {
                    Self::Fault(fault) => fault.public.clone(),
                    other => other.to_string(),
                }
            }
            fn fields(&self) -> &[souk_types::FieldError] {
                match self {
                    Self::Fault(fault) => &fault.fields,
                    _ => &[],
                }
            }
            fn code(&self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => $code,)*
                    Self::Fault(fault) => souk_types::ServiceError::code(fault),
                }
            }
            fn retry_after_s(&self) -> Option<u64> {
                $($(
                    if let Self::$variant { $seconds, .. } = self {
                        return Some(*$seconds);
                    }
                )?)*
                None
            }
        }

        impl From<souk_types::MoneyError> for Error {
            fn from(error: souk_types::MoneyError) -> Self {
                Self::Fault(error.into())
            }
        }
    };
}
pub(crate) use service_errors;
