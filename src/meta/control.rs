//! Compliance controls that checks support: a closed table, so that a misspelt control does not compile.

/// A framework of controls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Framework {
    /// PCI DSS 4.0.
    PciDss,
    /// IT general controls under the Sarbanes-Oxley Act.
    SoxItgc,
    /// HIPAA Security Rule, 45 CFR 164.312, technical safeguards.
    Hipaa,
    /// 21 CFR Part 11, electronic records.
    Part11,
    /// NIST SP 800-53, revision 5.
    Nist80053,
    /// CIS Kubernetes Benchmark.
    CisKubernetes,
}

impl Framework {
    /// Its name in verdicts, before the colon.
    pub fn word(self) -> &'static str {
        match self {
            Self::PciDss => "pci-dss-4.0",
            Self::SoxItgc => "sox-itgc",
            Self::Hipaa => "hipaa-164.312",
            Self::Part11 => "21-cfr-11",
            Self::Nist80053 => "nist-800-53",
            Self::CisKubernetes => "cis-kubernetes",
        }
    }
}

/// Declares the controls: variant, framework, id in the framework, and a summary of what it requires.
macro_rules! controls {
    ($($control:ident: $framework:ident, $id:literal, $requires:literal;)+) => {
        /// One control of a framework.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Control {
            $($control),+
        }

        impl Control {
            /// Every control that a check may serve, by framework and id.
            pub const ALL: &[Self] = &[$(Self::$control),+];

            /// Its framework, its id in the framework, and a summary of what it requires.
            pub fn definition(self) -> (Framework, &'static str, &'static str) {
                match self {
                    $(Self::$control => (Framework::$framework, $id, $requires)),+
                }
            }
        }
    };
}

controls! {
    PciDss1_2_5: PciDss, "1.2.5", "only approved services, protocols and ports are open";
    PciDss1_3_1: PciDss, "1.3.1", "inbound traffic is restricted to what is necessary";
    PciDss2_2_6: PciDss, "2.2.6", "system security parameters are configured to prevent misuse";
    PciDss3_5_1: PciDss, "3.5.1", "stored account data is unreadable wherever it is stored";
    PciDss6_2_3: PciDss, "6.2.3", "software is reviewed before release to production";
    PciDss6_3_3: PciDss, "6.3.3", "security patches are installed";
    PciDss6_5_1: PciDss, "6.5.1", "changes to production follow an established procedure";
    PciDss6_5_2: PciDss, "6.5.2", "requirements are confirmed after a significant change";
    PciDss7_2_2: PciDss, "7.2.2", "access is assigned by job function and least privilege";
    PciDss8_2_1: PciDss, "8.2.1", "every user has a unique identity";
    PciDss8_3_1: PciDss, "8.3.1", "access is authenticated";
    PciDss8_6_2: PciDss, "8.6.2", "passwords of application accounts are not hard-coded";
    PciDss10_2_1: PciDss, "10.2.1", "audit logs are enabled and active";
    PciDss12_10_3: PciDss, "12.10.3", "people are available to respond to incidents";
    SoxAccess: SoxItgc, "access", "access to programs and data is restricted";
    SoxChangeManagement: SoxItgc, "change-management", "changes are authorized, tested and approved";
    SoxOperations: SoxItgc, "operations", "operations are monitored and recoverable";
    SoxSegregationOfDuties: SoxItgc, "segregation-of-duties", "no one both makes and releases a change";
    HipaaAccess: Hipaa, "(a)(1)", "access control";
    HipaaUniqueUser: Hipaa, "(a)(2)(i)", "unique user identification";
    HipaaEncryption: Hipaa, "(a)(2)(iv)", "encryption and decryption";
    HipaaAudit: Hipaa, "(b)", "audit controls";
    HipaaAuthentication: Hipaa, "(d)", "person or entity authentication";
    Part11Validation: Part11, "11.10(a)", "validation of systems";
    Part11AuditTrail: Part11, "11.10(e)", "audit trails";
    Part11AuthorityChecks: Part11, "11.10(g)", "authority checks";
    Part11Documents: Part11, "11.10(k)", "control over system documentation and changes";
    NistAc2: Nist80053, "AC-2", "account management";
    NistAc3: Nist80053, "AC-3", "access enforcement";
    NistAc6: Nist80053, "AC-6", "least privilege";
    NistAc17: Nist80053, "AC-17", "remote access";
    NistAu2: Nist80053, "AU-2", "event logging";
    NistAu10: Nist80053, "AU-10", "non-repudiation";
    NistAu12: Nist80053, "AU-12", "audit record generation";
    NistCm2: Nist80053, "CM-2", "baseline configuration";
    NistCm3: Nist80053, "CM-3", "configuration change control";
    NistCm4: Nist80053, "CM-4", "impact analyses";
    NistCm5: Nist80053, "CM-5", "access restrictions for change";
    NistCm6: Nist80053, "CM-6", "configuration settings";
    NistCm7: Nist80053, "CM-7", "least functionality";
    NistCp4: Nist80053, "CP-4", "contingency plan testing";
    NistCp10: Nist80053, "CP-10", "system recovery and reconstitution";
    NistIa2: Nist80053, "IA-2", "identification and authentication of users";
    NistIa3: Nist80053, "IA-3", "device identification and authentication";
    NistIa5: Nist80053, "IA-5", "authenticator management";
    NistIa5_7: Nist80053, "IA-5(7)", "no embedded unencrypted static authenticators";
    NistIr4: Nist80053, "IR-4", "incident handling";
    NistSa11: Nist80053, "SA-11", "developer testing and evaluation";
    NistSc5: Nist80053, "SC-5", "denial-of-service protection";
    NistSc7: Nist80053, "SC-7", "boundary protection";
    NistSc39: Nist80053, "SC-39", "process isolation";
    NistSi2: Nist80053, "SI-2", "flaw remediation";
    NistSi4: Nist80053, "SI-4", "system monitoring";
    NistSi7: Nist80053, "SI-7", "software, firmware and information integrity";
    NistSr4: Nist80053, "SR-4", "provenance";
    NistSr11: Nist80053, "SR-11", "component authenticity";
    Cis5_1_1: CisKubernetes, "5.1.1", "use the cluster-admin role only where it is required";
    Cis5_1_2: CisKubernetes, "5.1.2", "minimize access to secrets";
    Cis5_1_3: CisKubernetes, "5.1.3", "minimize wildcard use in roles";
    Cis5_1_4: CisKubernetes, "5.1.4", "minimize access to create pods";
    Cis5_1_5: CisKubernetes, "5.1.5", "do not use default service accounts actively";
    Cis5_1_6: CisKubernetes, "5.1.6", "mount service account tokens only where necessary";
    Cis5_1_8: CisKubernetes, "5.1.8", "limit the bind, impersonate and escalate permissions";
    Cis5_1_10: CisKubernetes, "5.1.10", "minimize access to the proxy sub-resource of nodes";
    Cis5_1_11: CisKubernetes, "5.1.11", "minimize access to approve certificate signing requests";
    Cis5_1_12: CisKubernetes, "5.1.12", "minimize access to webhook configurations";
    Cis5_1_13: CisKubernetes, "5.1.13", "minimize access to create service account tokens";
    Cis5_2_2: CisKubernetes, "5.2.2", "minimize the admission of privileged containers";
    Cis5_2_3: CisKubernetes, "5.2.3", "minimize the admission of containers that share the host's process namespace";
    Cis5_2_5: CisKubernetes, "5.2.5", "minimize the admission of containers that share the host's network namespace";
    Cis5_2_6: CisKubernetes, "5.2.6", "minimize the admission of containers with allowPrivilegeEscalation";
    Cis5_2_7: CisKubernetes, "5.2.7", "minimize the admission of root containers";
    Cis5_2_9: CisKubernetes, "5.2.9", "minimize the admission of containers with added capabilities";
    Cis5_2_10: CisKubernetes, "5.2.10", "minimize the admission of containers with capabilities assigned";
    Cis5_2_11: CisKubernetes, "5.2.11", "minimize the admission of Windows HostProcess containers";
    Cis5_2_12: CisKubernetes, "5.2.12", "minimize the admission of HostPath volumes";
    Cis5_2_13: CisKubernetes, "5.2.13", "minimize the admission of containers that use host ports";
    Cis5_3_2: CisKubernetes, "5.3.2", "give every namespace network policies";
    Cis5_4_1: CisKubernetes, "5.4.1", "prefer secrets as files over secrets as environment variables";
    Cis5_5_1: CisKubernetes, "5.5.1", "control the provenance of images";
    Cis5_7_2: CisKubernetes, "5.7.2", "set the seccomp profile to RuntimeDefault";
    Cis5_7_3: CisKubernetes, "5.7.3", "apply security contexts to pods and containers";
    Cis5_7_4: CisKubernetes, "5.7.4", "do not use the default namespace";
}

/// The form in verdicts: `pci-dss-4.0:6.5.1`.
impl std::fmt::Display for Control {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (framework, id, _) = self.definition();
        write!(out, "{}:{id}", framework.word())
    }
}

impl Framework {
    /// Controls of the framework that concern releases and that no check can judge: their id, and what they require. Somebody else has to
    /// show that they are met.
    pub fn beyond_checks(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::PciDss => &[
                ("6.2.2", "developers are trained in secure development each year"),
                ("6.3.1", "vulnerabilities are identified and ranked"),
                ("6.3.2", "an inventory of bespoke and third-party software is kept"),
                ("6.4.2", "an automated solution detects attacks on public web applications"),
                ("6.5.3", "pre-production and production environments are separated"),
                ("6.5.5", "live account data is not used in pre-production"),
                ("7.2.4", "access of users is reviewed every six months"),
                ("10.4.1", "audit logs are reviewed daily"),
                ("10.5.1", "audit logs are kept for twelve months"),
                ("11.3.1", "internal vulnerability scans are made each quarter"),
                ("12.10.1", "an incident response plan exists"),
            ],
            Self::SoxItgc => &[
                ("access-review", "access of users is reviewed periodically"),
                ("backup", "data is backed up and can be restored"),
                ("business-approval", "the business owner approves a change"),
                ("user-acceptance", "users accept a change before its release"),
            ],
            Self::Hipaa => &[
                ("(a)(2)(ii)", "emergency access procedure"),
                ("(a)(2)(iii)", "automatic logoff"),
                ("(c)(1)", "integrity of electronic protected health information"),
                ("(e)(1)", "transmission security"),
            ],
            Self::Part11 => &[
                ("11.10(b)", "accurate and complete copies of records"),
                ("11.10(c)", "protection of records"),
                ("11.10(d)", "system access limited to authorized individuals"),
                ("11.10(f)", "operational system checks"),
                ("11.10(h)", "device checks"),
                ("11.10(i)", "education, training and experience"),
                ("11.10(j)", "written policies on accountability"),
                ("11.50", "signature manifestations"),
                ("11.70", "linking of signatures and records"),
            ],
            Self::Nist80053 | Self::CisKubernetes => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_control_is_named_once_and_is_judged_or_not() {
        let mut seen = HashSet::new();
        for control in Control::ALL {
            let (framework, id, _) = control.definition();
            assert!(seen.insert((framework, id)), "{control}");
        }
        for framework in [Framework::PciDss, Framework::SoxItgc, Framework::Hipaa, Framework::Part11] {
            for (id, _) in framework.beyond_checks() {
                assert!(seen.insert((framework, id)), "{} {id}", framework.word());
            }
        }
    }
}
