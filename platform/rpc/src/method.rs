/// One method of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Method {
    /// The service's name, for example `inventory`.
    pub service: &'static str,
    /// The method's name, for example `reserve`.
    pub name: &'static str,
    /// What calling it may change.
    pub kind: MethodKind,
}

impl Method {
    /// The path at which a router serves the method.
    pub fn path(&self) -> String {
        format!("/rpc/{}/{}", self.service, self.name)
    }
}

/// What calling a method may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MethodKind {
    /// Nothing: it may be repeated and cut off.
    Read,
    /// Something, but the same whether it is called once or several times: it may be repeated.
    Idempotent,
    /// Something, each time that it is called.
    Command,
}

impl MethodKind {
    /// Says whether the call may be made again when its answer was lost.
    pub const fn is_idempotent(self) -> bool {
        matches!(self, Self::Read | Self::Idempotent)
    }
}
