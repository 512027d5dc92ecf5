use std::time::Duration;

use souk_contracts::notifications::MessageKind;
use souk_types::text_enum;

text_enum! {
    /// What a link that was sent by email is for.
    pub enum Purpose {
        /// To choose a new password.
        PasswordReset = "password_reset",
        /// For staff to choose a new password.
        StaffPasswordReset = "staff_password_reset",
        /// To confirm the address.
        Verification = "email_verification",
        /// To become a member of staff.
        Invitation = "staff_invitation",
    }
}

impl Purpose {
    /// How long the link works.
    pub const fn life(self) -> Duration {
        match self {
            Self::PasswordReset | Self::StaffPasswordReset => Duration::from_hours(1),
            Self::Verification | Self::Invitation => Duration::from_hours(7 * 24),
        }
    }

    /// The path of the page that the link opens.
    pub const fn path(self) -> &'static str {
        match self {
            Self::PasswordReset => "/account/reset-password",
            Self::StaffPasswordReset => "/admin/reset-password",
            Self::Verification => "/account/verify",
            Self::Invitation => "/admin/invitation",
        }
    }

    /// The message around it.
    pub const fn message(self) -> MessageKind {
        match self {
            Self::PasswordReset | Self::StaffPasswordReset => MessageKind::PasswordReset,
            Self::Verification => MessageKind::EmailVerification,
            Self::Invitation => MessageKind::StaffInvitation,
        }
    }
}
