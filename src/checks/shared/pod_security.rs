//! What the checks of the Pod Security Standards have in common.

use crate::base::sanitize::quoted;
use crate::checks::api::{Context, Finding, Report};
use crate::checks::shared::manifests;
use crate::document::value::Value;
use crate::kubernetes::part::{Part, Truth};
use crate::kubernetes::pod_view::{ContainerView, PodView};
use crate::kubernetes::version::Minor;
use crate::meta::Confidence;
use crate::policy::kubernetes::Level;

/// The version from which a pod in a user namespace of its own (`hostUsers: false`) is exempt from some controls.
pub(crate) const USER_NAMESPACES: Minor = Minor(35);

/// The version from which pods for Windows are exempt from controls of Linux (`spec.os.name: windows`).
const WINDOWS: Minor = Minor(25);

/// A control of the Pod Security Standards.
pub(crate) struct Rule {
    pub(crate) level: Level,
    /// The first version that has it.
    pub(crate) since: Minor,
    /// Pods for Windows are exempt.
    pub(crate) is_for_linux: bool,
    /// Pods in a user namespace of their own are exempt.
    pub(crate) is_relaxed: bool,
    pub(crate) remedy: &'static str,
}

impl Rule {
    /// A control of the level baseline that every version has.
    pub(crate) const fn baseline(remedy: &'static str) -> Self {
        Self { level: Level::Baseline, since: Minor(0), is_for_linux: false, is_relaxed: false, remedy }
    }

    /// A control of the level restricted that version 1.`since` introduced.
    pub(crate) const fn restricted(since: u32, remedy: &'static str) -> Self {
        Self { level: Level::Restricted, since: Minor(since), is_for_linux: false, is_relaxed: false, remedy }
    }
}

/// Why a control does not apply under the policy.
pub(crate) fn does_not_apply(context: &Context<'_, '_>, level: Level, since: Minor) -> Option<String> {
    let policy = &context.policy.kubernetes;
    if level == Level::Restricted && policy.pod_security == Level::Baseline {
        return Some("the policy asks for the level baseline, and only restricted has this control".to_owned());
    }
    let version = policy.version.minor;
    (version < since).then(|| format!("the control begins with Kubernetes {since}, and the policy names {version}"))
}

/// What a control reports about one pod.
pub(crate) struct Found<'p, 'd> {
    pod: &'p PodView<'d>,
    workload: String,
    remedy: &'static str,
    pub(crate) version: Minor,
    notes: Vec<Note<'d>>,
}

/// One thing that a control reports.
enum Note<'d> {
    Finding(Finding<'d>),
    /// Only the run shows it.
    Unsettled(Finding<'d>),
    /// Only the run shows it, and `root-container` reports the place.
    Elsewhere(String),
}

/// Judges every pod of the document by `rule`, which is `judge`.
pub(crate) fn judge<'d>(
    context: &Context<'_, 'd>,
    report: &mut Report<'d>,
    rule: &Rule,
    judge: impl Fn(&PodView<'d>, &mut Found<'_, 'd>),
) {
    let pods = context.pod_views();
    if pods.is_empty() && context.manifests.opaque.is_empty() {
        return report.not_applicable("the document has no workload that can be inspected");
    }
    if let Some(why) = does_not_apply(context, rule.level, rule.since) {
        return report.not_applicable(why);
    }
    manifests::report_unread(context, report);
    report.skipped = manifests::skipped(context);
    let version = context.policy.kubernetes.version.minor;
    for pod in pods {
        let is_exempt = (rule.is_for_linux && version >= WINDOWS && pod.is_windows())
            || (rule.is_relaxed && version >= USER_NAMESPACES && pod.is_in_user_namespace());
        if let Some(place) = pod.unreadable() {
            let what = if place.is_open() { "an expression" } else { "a text" };
            report.unsettled_elsewhere(context, format!("{what} is in place of a pod of {}", pod.label()));
            continue;
        }
        if is_exempt {
            continue;
        }
        let mut found = Found { pod, workload: pod.label(), remedy: rule.remedy, version, notes: Vec::new() };
        judge(pod, &mut found);
        for note in found.notes {
            match note {
                Note::Finding(finding) => report.finding(finding),
                Note::Unsettled(finding) => report.unsettled(context, finding),
                Note::Elsewhere(why) => report.unsettled_elsewhere(context, why),
            }
        }
    }
}

impl<'d> Found<'_, 'd> {
    /// A container violates the control at `places`: what it does, such as `sets privileged to true`.
    pub(crate) fn container(&mut self, container: &ContainerView<'d>, places: &[Value<'d>], problem: &str) {
        let finding = self.of_container(container, places, problem);
        self.notes.push(Note::Finding(finding));
    }

    /// The same, where only the profile `strict` enforces it.
    pub(crate) fn container_in_strict(&mut self, container: &ContainerView<'d>, places: &[Value<'d>], problem: &str) {
        let finding = self.of_container(container, places, problem);
        self.notes.push(Note::Finding(finding.confidence(Confidence::Medium)));
    }

    fn of_container(&self, container: &ContainerView<'d>, places: &[Value<'d>], problem: &str) -> Finding<'d> {
        let (first, others) =
            places.split_first().map_or((container.place, &[][..]), |(first, others)| (*first, others));
        let message = format!("{} of {} {problem}", container.label, self.workload);
        let finding = Finding::at(first, message, self.remedy).related(others.iter().copied());
        finding.stage(self.pod.pod.manifest.stage)
    }

    /// The pod itself violates the control at `places`.
    pub(crate) fn pod(&mut self, places: &[Value<'d>], problem: &str) {
        self.part("the pod", places, problem);
    }

    /// A part of the pod violates the control at `places`.
    pub(crate) fn part(&mut self, part: &str, places: &[Value<'d>], problem: &str) {
        let Some((first, others)) = places.split_first() else { return };
        let finding = Finding::at(*first, format!("{part} of {} {problem}", self.workload), self.remedy);
        let finding = finding.related(others.iter().copied()).stage(self.pod.pod.manifest.stage);
        self.notes.push(Note::Finding(finding));
    }

    /// Only the run shows whether `what` of a container violates the control.
    pub(crate) fn open_container(&mut self, container: &ContainerView<'d>, place: Value<'d>, what: &str) {
        let message = format!("{what} of {} of {} depends on an expression or a text", container.label, self.workload);
        // `root-container` reports the place of a whole container.
        if container.is_unread_at(place) {
            return self.notes.push(Note::Elsewhere(message));
        }
        self.unsettled(place, message);
    }

    /// Only the run shows whether `what` of the pod violates the control.
    pub(crate) fn open_pod(&mut self, place: Value<'d>, what: &str) {
        let message = format!("{what} of the pod of {} depends on an expression or a text", self.workload);
        let is_whole = matches!(self.pod.security(&[]), Part::Open(open) if open.row() == place.row())
            || matches!(self.pod.security(&["?"]), Part::Open(open) if open.row() == place.row())
            || matches!(self.pod.get("?"), Part::Open(open) if open.row() == place.row());
        if is_whole {
            return self.notes.push(Note::Elsewhere(message));
        }
        self.unsettled(place, message);
    }

    /// A patch removes `what` of a container, and what counts then is not in the document.
    pub(crate) fn removed(&mut self, container: &ContainerView<'d>, place: Value<'d>, what: &str) {
        let message = format!("the patch does not show {what} of {} of {}", container.label, self.workload);
        self.unsettled(place, message);
    }

    fn unsettled(&mut self, place: Value<'d>, message: String) {
        let finding = Finding::at(place, message, self.remedy).stage(self.pod.pod.manifest.stage);
        self.notes.push(Note::Unsettled(finding));
    }

    /// Reports what became of `what`, a setting of the pod.
    pub(crate) fn pod_outcome(&mut self, outcome: Outcome<'d>, what: &str) {
        match outcome {
            Outcome::Fine => {}
            Outcome::Bad(places, why) => self.pod(&places, &why),
            Outcome::Open(place) => self.open_pod(place, what),
        }
    }

    /// Judges a setting of the security contexts of the pod and of its containers, which must not have the values that `problem` names.
    pub(crate) fn each_context(
        &mut self,
        pod: &PodView<'d>,
        keys: &[&str],
        problem: impl Fn(&Part<'d>) -> Outcome<'d>,
    ) {
        let what = format!("securityContext.{}", keys.join("."));
        self.pod_outcome(problem(&pod.security(keys)), &what);
        self.each_container(pod, &what, |container| problem(&container.security(keys)));
    }

    /// Judges each container.
    pub(crate) fn each_container(
        &mut self,
        pod: &PodView<'d>,
        what: &str,
        problem: impl Fn(&ContainerView<'d>) -> Outcome<'d>,
    ) {
        for container in &pod.containers {
            match problem(container) {
                Outcome::Fine => {}
                Outcome::Bad(places, why) => self.container(container, &places, &why),
                Outcome::Open(place) => self.open_container(container, place, what),
            }
        }
    }
}

/// What a control says about one setting.
pub(crate) enum Outcome<'d> {
    Fine,
    /// It violates the control at these places; how, such as `sets privileged to true`.
    Bad(Vec<Value<'d>>, String),
    /// Only the run shows it.
    Open(Value<'d>),
}

impl<'d> Outcome<'d> {
    /// A boolean that must not be true.
    pub(crate) fn of_forbidden(part: &Part<'d>, key: &str) -> Self {
        match part.truth() {
            Truth::True(place) => Self::Bad(vec![place], format!("sets {key} to true")),
            Truth::Open(place) => Self::Open(place),
            Truth::False(_) | Truth::Unset | Truth::Untouched | Truth::Removed(_) => Self::Fine,
        }
    }

    /// What the elements or keys of one setting come to: the first that is bad with the places of the others, else what is open.
    pub(crate) fn of_all(parts: impl IntoIterator<Item = (Part<'d>, Option<String>)>, sets: &str) -> Self {
        let (mut places, mut names, mut open) = (Vec::new(), Vec::new(), None);
        for (part, bad) in parts {
            match (&part, bad) {
                (Part::Open(place), _) => {
                    open.get_or_insert(*place);
                }
                (_, Some(name)) => {
                    if let Some(place) = part.place() {
                        places.push(place);
                        if !names.contains(&name) {
                            names.push(name);
                        }
                    }
                }
                (_, None) => {}
            }
        }
        match open {
            _ if !places.is_empty() => Self::Bad(places, format!("{sets} {}", names.join(", "))),
            Some(place) => Self::Open(place),
            None => Self::Fine,
        }
    }
}

/// The capabilities that a container may add at the level baseline.
pub(crate) const DEFAULT_CAPABILITIES: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// A profile of seccomp or `AppArmor`, whose type must be the runtime's default or a file of the node.
pub(crate) fn profile_type<'d>(profile: &Part<'d>, key: &str) -> Outcome<'d> {
    if !profile.is_set() {
        return match profile {
            Part::Open(place) => Outcome::Open(*place),
            Part::Inside(_) => Outcome::of_profile(&profile.get("type"), key),
            _ => Outcome::Fine,
        };
    }
    match profile.get("type") {
        // A profile without a type is not valid.
        Part::Absent => Outcome::Bad(profile.place().into_iter().collect(), format!("does not set {key}")),
        kind => Outcome::of_profile(&kind, key),
    }
}

impl<'d> Outcome<'d> {
    fn of_profile(kind: &Part<'d>, key: &str) -> Self {
        match (kind, kind.text()) {
            (Part::Open(place), _) => Self::Open(*place),
            (_, Some(text)) if !matches!(&*text, "RuntimeDefault" | "Localhost") => {
                let problem = format!("sets {key} to {}", quoted(&text, 40));
                Self::Bad(kind.place().into_iter().collect(), problem)
            }
            _ => Self::Fine,
        }
    }
}

/// A volume in a message: `volume "data"`.
pub(crate) fn volume_label(volume: &Part<'_>) -> String {
    let name = volume.get("name").text();
    name.map_or_else(|| "a volume".to_owned(), |name| format!("volume {}", quoted(&name, 80)))
}
