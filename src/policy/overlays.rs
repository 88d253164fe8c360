//! `overlays`: the compliance frameworks that a verdict reports on.

use serde::{Deserialize, Serialize};

use crate::meta::Framework;

/// A compliance framework that verdicts report on: each of its controls, the checks that serve it, and what they found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
pub enum Overlay {
    /// PCI DSS 4.0.
    #[serde(rename = "pci-dss")]
    PciDss,
    /// IT general controls under the Sarbanes-Oxley Act.
    #[serde(rename = "sox")]
    Sox,
    /// HIPAA Security Rule, technical safeguards.
    #[serde(rename = "hipaa")]
    Hipaa,
    /// 21 CFR Part 11, as good practice (`GxP`) asks for.
    #[serde(rename = "gxp")]
    Gxp,
}

impl Overlay {
    /// Every overlay.
    pub const ALL: [Self; 4] = [Self::PciDss, Self::Sox, Self::Hipaa, Self::Gxp];

    /// Its name in the policy.
    pub fn word(self) -> &'static str {
        match self {
            Self::PciDss => "pci-dss",
            Self::Sox => "sox",
            Self::Hipaa => "hipaa",
            Self::Gxp => "gxp",
        }
    }

    /// The framework whose controls it reports on.
    pub fn framework(self) -> Framework {
        match self {
            Self::PciDss => Framework::PciDss,
            Self::Sox => Framework::SoxItgc,
            Self::Hipaa => Framework::Hipaa,
            Self::Gxp => Framework::Part11,
        }
    }
}
