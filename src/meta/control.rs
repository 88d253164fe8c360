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

/// One control of a framework.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Control {
    PciDss1_2_5,
    PciDss1_3_1,
    PciDss2_2_6,
    PciDss3_5_1,
    PciDss6_2_3,
    PciDss6_5_1,
    PciDss6_5_2,
    PciDss6_3_3,
    PciDss7_2_2,
    PciDss10_2_1,
    PciDss12_10_3,
    PciDss8_2_1,
    PciDss8_3_1,
    PciDss8_6_2,
    SoxChangeManagement,
    SoxAccess,
    SoxSegregationOfDuties,
    SoxOperations,
    HipaaAccess,
    HipaaUniqueUser,
    HipaaAudit,
    HipaaEncryption,
    HipaaAuthentication,
    Part11Validation,
    Part11AuditTrail,
    Part11AuthorityChecks,
    Part11Documents,
    NistAc2,
    NistAc17,
    NistAu2,
    NistAu12,
    NistCm2,
    NistCm7,
    NistIr4,
    NistSc5,
    NistSc7,
    NistSc39,
    NistSi2,
    NistSr4,
    NistSr11,
    NistAc3,
    NistAc6,
    NistAu10,
    NistCm3,
    NistCm4,
    NistCm5,
    NistCm6,
    NistCp4,
    NistCp10,
    NistIa2,
    NistIa3,
    NistIa5,
    NistIa5_7,
    NistSa11,
    NistSi4,
    NistSi7,
    Cis5_1_1,
    Cis5_1_2,
    Cis5_1_3,
    Cis5_1_4,
    Cis5_1_5,
    Cis5_1_6,
    Cis5_1_8,
    Cis5_1_10,
    Cis5_1_11,
    Cis5_1_12,
    Cis5_1_13,
    Cis5_2_2,
    Cis5_2_3,
    Cis5_2_5,
    Cis5_2_6,
    Cis5_2_7,
    Cis5_2_9,
    Cis5_2_10,
    Cis5_2_11,
    Cis5_2_12,
    Cis5_2_13,
    Cis5_3_2,
    Cis5_4_1,
    Cis5_5_1,
    Cis5_7_2,
    Cis5_7_3,
    Cis5_7_4,
}

impl Control {
    /// Every control that a check may serve.
    pub const ALL: [Self; 38] = [
        Self::PciDss2_2_6,
        Self::PciDss3_5_1,
        Self::PciDss6_2_3,
        Self::PciDss6_5_1,
        Self::PciDss6_5_2,
        Self::PciDss8_2_1,
        Self::PciDss8_3_1,
        Self::PciDss8_6_2,
        Self::SoxChangeManagement,
        Self::SoxAccess,
        Self::SoxSegregationOfDuties,
        Self::SoxOperations,
        Self::HipaaAccess,
        Self::HipaaUniqueUser,
        Self::HipaaEncryption,
        Self::HipaaAuthentication,
        Self::Part11Validation,
        Self::Part11AuditTrail,
        Self::Part11AuthorityChecks,
        Self::Part11Documents,
        Self::NistAc3,
        Self::NistAc6,
        Self::NistAu10,
        Self::NistCm3,
        Self::NistCm4,
        Self::NistCm5,
        Self::NistCm6,
        Self::NistCp4,
        Self::NistCp10,
        Self::NistIa2,
        Self::NistIa3,
        Self::NistIa5,
        Self::NistIa5_7,
        Self::NistSa11,
        Self::NistSi4,
        Self::NistSi7,
        Self::Cis5_2_7,
        Self::Cis5_4_1,
    ];

    /// Its framework, its id in the framework, and a summary of what it requires.
    pub fn definition(self) -> (Framework, &'static str, &'static str) {
        match self {
            Self::PciDss2_2_6 => {
                (Framework::PciDss, "2.2.6", "system security parameters are configured to prevent misuse")
            }
            Self::PciDss3_5_1 => {
                (Framework::PciDss, "3.5.1", "stored account data is unreadable wherever it is stored")
            }
            Self::PciDss6_2_3 => (Framework::PciDss, "6.2.3", "software is reviewed before release to production"),
            Self::PciDss6_5_1 => (Framework::PciDss, "6.5.1", "changes to production follow an established procedure"),
            Self::PciDss6_5_2 => (Framework::PciDss, "6.5.2", "requirements are confirmed after a significant change"),
            Self::PciDss8_2_1 => (Framework::PciDss, "8.2.1", "every user has a unique identity"),
            Self::PciDss8_3_1 => (Framework::PciDss, "8.3.1", "access is authenticated"),
            Self::PciDss8_6_2 => (Framework::PciDss, "8.6.2", "passwords of application accounts are not hard-coded"),
            Self::SoxChangeManagement => {
                (Framework::SoxItgc, "change-management", "changes are authorized, tested and approved")
            }
            Self::SoxAccess => (Framework::SoxItgc, "access", "access to programs and data is restricted"),
            Self::SoxSegregationOfDuties => {
                (Framework::SoxItgc, "segregation-of-duties", "no one both makes and releases a change")
            }
            Self::SoxOperations => (Framework::SoxItgc, "operations", "operations are monitored and recoverable"),
            Self::HipaaAccess => (Framework::Hipaa, "(a)(1)", "access control"),
            Self::HipaaUniqueUser => (Framework::Hipaa, "(a)(2)(i)", "unique user identification"),
            Self::HipaaEncryption => (Framework::Hipaa, "(a)(2)(iv)", "encryption and decryption"),
            Self::HipaaAuthentication => (Framework::Hipaa, "(d)", "person or entity authentication"),
            Self::Part11Validation => (Framework::Part11, "11.10(a)", "validation of systems"),
            Self::Part11AuditTrail => (Framework::Part11, "11.10(e)", "audit trails"),
            Self::Part11AuthorityChecks => (Framework::Part11, "11.10(g)", "authority checks"),
            Self::Part11Documents => (Framework::Part11, "11.10(k)", "control over system documentation and changes"),
            Self::NistAc3 => (Framework::Nist80053, "AC-3", "access enforcement"),
            Self::NistAc6 => (Framework::Nist80053, "AC-6", "least privilege"),
            Self::NistAu10 => (Framework::Nist80053, "AU-10", "non-repudiation"),
            Self::NistCm3 => (Framework::Nist80053, "CM-3", "configuration change control"),
            Self::NistCm4 => (Framework::Nist80053, "CM-4", "impact analyses"),
            Self::NistCm5 => (Framework::Nist80053, "CM-5", "access restrictions for change"),
            Self::NistCm6 => (Framework::Nist80053, "CM-6", "configuration settings"),
            Self::NistCp4 => (Framework::Nist80053, "CP-4", "contingency plan testing"),
            Self::NistCp10 => (Framework::Nist80053, "CP-10", "system recovery and reconstitution"),
            Self::NistIa2 => (Framework::Nist80053, "IA-2", "identification and authentication of users"),
            Self::NistIa3 => (Framework::Nist80053, "IA-3", "device identification and authentication"),
            Self::NistIa5 => (Framework::Nist80053, "IA-5", "authenticator management"),
            Self::NistIa5_7 => (Framework::Nist80053, "IA-5(7)", "no embedded unencrypted static authenticators"),
            Self::NistSa11 => (Framework::Nist80053, "SA-11", "developer testing and evaluation"),
            Self::NistSi4 => (Framework::Nist80053, "SI-4", "system monitoring"),
            Self::NistSi7 => (Framework::Nist80053, "SI-7", "software, firmware and information integrity"),
            _ => self.more(),
        }
    }

    /// The rest of [`Control::definition`].
    fn more(self) -> (Framework, &'static str, &'static str) {
        let nist = |id, summary| (Framework::Nist80053, id, summary);
        let pci = |id, summary| (Framework::PciDss, id, summary);
        let cis = |id, summary| (Framework::CisKubernetes, id, summary);
        match self {
            Self::HipaaAudit => (Framework::Hipaa, "(b)", "audit controls"),
            Self::NistAc2 => nist("AC-2", "account management"),
            Self::NistAc17 => nist("AC-17", "remote access"),
            Self::NistAu2 => nist("AU-2", "event logging"),
            Self::NistAu12 => nist("AU-12", "audit record generation"),
            Self::NistCm2 => nist("CM-2", "baseline configuration"),
            Self::NistCm7 => nist("CM-7", "least functionality"),
            Self::NistIr4 => nist("IR-4", "incident handling"),
            Self::NistSc5 => nist("SC-5", "denial-of-service protection"),
            Self::NistSc7 => nist("SC-7", "boundary protection"),
            Self::NistSc39 => nist("SC-39", "process isolation"),
            Self::NistSi2 => nist("SI-2", "flaw remediation"),
            Self::NistSr4 => nist("SR-4", "provenance"),
            Self::NistSr11 => nist("SR-11", "component authenticity"),
            Self::PciDss1_2_5 => pci("1.2.5", "only approved services, protocols and ports are open"),
            Self::PciDss1_3_1 => pci("1.3.1", "inbound traffic is restricted to what is necessary"),
            Self::PciDss6_3_3 => pci("6.3.3", "security patches are installed"),
            Self::PciDss7_2_2 => pci("7.2.2", "access is assigned by job function and least privilege"),
            Self::PciDss10_2_1 => pci("10.2.1", "audit logs are enabled and active"),
            Self::PciDss12_10_3 => pci("12.10.3", "people are available to respond to incidents"),
            Self::Cis5_1_1 => cis("5.1.1", "use the cluster-admin role only where it is required"),
            Self::Cis5_1_2 => cis("5.1.2", "minimize access to secrets"),
            Self::Cis5_1_3 => cis("5.1.3", "minimize wildcard use in roles"),
            Self::Cis5_1_4 => cis("5.1.4", "minimize access to create pods"),
            Self::Cis5_1_5 => cis("5.1.5", "do not use default service accounts actively"),
            Self::Cis5_1_6 => cis("5.1.6", "mount service account tokens only where necessary"),
            Self::Cis5_1_8 => cis("5.1.8", "limit the bind, impersonate and escalate permissions"),
            Self::Cis5_1_10 => cis("5.1.10", "minimize access to the proxy sub-resource of nodes"),
            Self::Cis5_1_11 => cis("5.1.11", "minimize access to approve certificate signing requests"),
            Self::Cis5_1_12 => cis("5.1.12", "minimize access to webhook configurations"),
            Self::Cis5_1_13 => cis("5.1.13", "minimize access to create service account tokens"),
            Self::Cis5_2_2 => cis("5.2.2", "minimize the admission of privileged containers"),
            Self::Cis5_2_3 => {
                cis("5.2.3", "minimize the admission of containers that share the host's process namespace")
            }
            Self::Cis5_2_5 => {
                cis("5.2.5", "minimize the admission of containers that share the host's network namespace")
            }
            Self::Cis5_2_6 => cis("5.2.6", "minimize the admission of containers with allowPrivilegeEscalation"),
            Self::Cis5_2_7 => cis("5.2.7", "minimize the admission of root containers"),
            Self::Cis5_2_9 => cis("5.2.9", "minimize the admission of containers with added capabilities"),
            Self::Cis5_2_10 => cis("5.2.10", "minimize the admission of containers with capabilities assigned"),
            Self::Cis5_2_11 => cis("5.2.11", "minimize the admission of Windows HostProcess containers"),
            Self::Cis5_2_12 => cis("5.2.12", "minimize the admission of HostPath volumes"),
            Self::Cis5_2_13 => cis("5.2.13", "minimize the admission of containers that use host ports"),
            Self::Cis5_3_2 => cis("5.3.2", "give every namespace network policies"),
            Self::Cis5_4_1 => cis("5.4.1", "prefer secrets as files over secrets as environment variables"),
            Self::Cis5_5_1 => cis("5.5.1", "control the provenance of images"),
            Self::Cis5_7_2 => cis("5.7.2", "set the seccomp profile to RuntimeDefault"),
            Self::Cis5_7_3 => cis("5.7.3", "apply security contexts to pods and containers"),
            Self::Cis5_7_4 => cis("5.7.4", "do not use the default namespace"),
            // Defined above.
            _ => (Framework::Nist80053, "CM-6", "configuration settings"),
        }
    }
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
                ("1.2.5", "services, protocols and ports that are allowed are approved and needed"),
                ("6.2.2", "developers are trained in secure development each year"),
                ("6.3.1", "vulnerabilities are identified and ranked"),
                ("6.3.2", "an inventory of bespoke and third-party software is kept"),
                ("6.3.3", "security patches are installed in time"),
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
                ("(b)", "audit controls"),
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
