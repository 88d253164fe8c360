//! What the scopes of a policy ask about a document: its application, pipeline, accounts and owner.

use crate::analysis::Context;
use crate::analysis::production::accounts_of;
use crate::evidence::Lookup;
use crate::policy::scopes::{Known, ScopeSubject};
use crate::spinnaker::evaluate::is_expression;
use crate::spinnaker::input::InputKind;

/// What is known of the document of `context`.
pub fn scope_subject(context: &Context<'_, '_>) -> ScopeSubject {
    let input = context.input;
    let named = |name: Option<std::borrow::Cow<'_, str>>| match name {
        Some(name) if is_expression(&name) => Known::Open,
        Some(name) if !name.trim().is_empty() => Known::Is(name.into_owned()),
        _ => Known::Open,
    };
    let Some(pipeline) = input.pipeline.as_ref() else {
        let application = match input.kind {
            InputKind::Application => named(input.root.str("name")),
            _ => Known::Absent,
        };
        return ScopeSubject { application, owners: owners(context), ..ScopeSubject::default() };
    };
    let mut subject = ScopeSubject {
        application: named(pipeline.application()),
        pipeline: named(pipeline.name()),
        owners: owners(context),
        ..ScopeSubject::default()
    };
    for change in &context.production().changes {
        // What a pipeline that is started changes is not listed here.
        subject.has_open_accounts |= change.child.is_some();
        let Some(stage) = pipeline.stages.get(change.stage) else { continue };
        let accounts = accounts_of(stage.settings);
        let mut accounts: Vec<_> = accounts_of(change.settings).into_iter().chain(accounts).collect();
        accounts.dedup_by_key(|account| account.row());
        subject.has_open_accounts |= accounts.is_empty();
        for account in accounts {
            match account.as_str() {
                Some(name) if !account.is_open() && !name.trim().is_empty() => {
                    subject.accounts.insert(name.into_owned());
                }
                _ => subject.has_open_accounts = true,
            }
        }
    }
    subject
}

/// The application's owners. Where nobody can tell them, a run that requires evidence takes them to be anybody.
fn owners(context: &Context<'_, '_>) -> Vec<Known> {
    let evidence = context.evidence();
    match evidence.application() {
        Lookup::Found(application) => {
            let root = application.root();
            let attributes = root.get("attributes").unwrap_or(root);
            let texts = ["email", "owner"].into_iter().filter_map(|key| attributes.str(key));
            texts.map(|text| Known::Is(text.trim().to_owned())).collect()
        }
        Lookup::NotConfigured if !context.evidence_required => Vec::new(),
        Lookup::Missing => Vec::new(),
        Lookup::NotConfigured | Lookup::Unavailable(_) => vec![Known::Open],
    }
}
