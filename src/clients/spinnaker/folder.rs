//! A folder that mirrors Spinnaker's services, for offline use; or files that are built into the program.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use serde::Deserialize;

use super::{Error, Fetched, LARGEST_ARTIFACT, Resource};
use crate::base::sanitize::sanitize;
use crate::clients::files::InputFile;
use crate::clients::walk::{Selection, expand};

/// The folder of the content of artifacts.
const ARTIFACTS: &str = "artifacts";

/// Where the files are.
#[derive(Clone, Debug)]
pub enum Folder {
    /// `--source-dir`.
    Disk(PathBuf),
    /// Files built into the program, by path: for `demo`.
    Embedded(&'static [(&'static str, &'static str)]),
}

impl Folder {
    /// Finds `resource`: by its file name, and a pipeline known by name alone also by the content of every saved pipeline.
    pub(super) async fn get(&self, resource: &Resource) -> Result<Fetched, Error> {
        if let (Self::Disk(root), Resource::Applications | Resource::Pipelines { .. }) = (self, resource) {
            let (root, resource) = (root.clone(), resource.clone());
            let listed = tokio::task::spawn_blocking(move || listing(&root, &resource)).await;
            return listed.unwrap_or_else(|_| Err(Error::Folder("the folder could not be read".to_owned())));
        }
        let paths = paths(resource)?;
        match self {
            Self::Embedded(files) => {
                let found = paths.iter().find_map(|path| files.iter().find(|(name, _)| name == path));
                Ok(match found {
                    Some((name, text)) => {
                        Fetched::Found { bytes: Bytes::from_static(text.as_bytes()), origin: (*name).to_owned() }
                    }
                    None => Fetched::Missing,
                })
            }
            Self::Disk(root) => {
                let (root, resource) = (root.clone(), resource.clone());
                let find = move || on_disk(&root, &paths, &resource);
                tokio::task::spawn_blocking(find)
                    .await
                    .unwrap_or_else(|_| Err(Error::Folder("the folder could not be read".to_owned())))
            }
        }
    }

    /// The content of an artifact: the file `artifacts/NAME@VERSION`, or `artifacts/NAME`. A folder without `artifacts` has none of
    /// them.
    pub(super) async fn artifact(&self, name: &str, version: &str) -> Result<Fetched, Error> {
        let Self::Disk(root) = self else { return Ok(Fetched::NotConfigured) };
        let root = root.clone();
        let versioned = (!version.is_empty()).then(|| format!("{name}@{version}"));
        let names: Vec<String> = versioned.into_iter().chain([name.to_owned()]).collect();
        let find = move || {
            let root = canonical(&root)?;
            if !root.join(ARTIFACTS).is_dir() {
                return Ok(Fetched::NotConfigured);
            }
            for name in names.iter().filter(|name| !name.is_empty()) {
                let is_odd = |step: &str| step.is_empty() || step.starts_with('.') || step.contains(['\\', '\0']);
                if name.split('/').any(is_odd) {
                    return Err(Error::Name(sanitize(name, 100)));
                }
                let path = Path::new(ARTIFACTS).join(name);
                if let Some(bytes) = read(&root, &path)? {
                    let origin = sanitize(&path.to_string_lossy(), 300);
                    if bytes.len() as u64 > LARGEST_ARTIFACT {
                        return Err(Error::Folder(format!("{origin} has more than {} MiB", LARGEST_ARTIFACT >> 20)));
                    }
                    return Ok(Fetched::Found { bytes: bytes.into(), origin });
                }
            }
            Ok(Fetched::Missing)
        };
        let found = tokio::task::spawn_blocking(find).await;
        found.unwrap_or_else(|_| Err(Error::Folder("the folder could not be read".to_owned())))
    }

    /// Where it is, safe to print.
    pub(super) fn display(&self) -> String {
        match self {
            Self::Disk(root) => sanitize(&root.to_string_lossy(), 200),
            Self::Embedded(_) => "built in".to_owned(),
        }
    }

    /// Whether it exists, and what it contains.
    pub(super) fn check(&self) -> Result<String, Error> {
        let Self::Disk(root) = self else { return Ok("built into the program".to_owned()) };
        let root = canonical(root)?;
        let known = ["executions", "pipelines", "applications", "canary-configs", "accounts.json"];
        let held: Vec<&str> = known.into_iter().filter(|name| root.join(name).exists()).collect();
        if held.is_empty() {
            return Err(Error::Folder(format!("{} contains none of {}", self.display(), known.join(", "))));
        }
        Ok(format!("contains {}", held.join(", ")))
    }
}

/// The paths of the files that may contain `resource`, relative to the folder. Each is one name in a fixed folder: no id leads
/// elsewhere.
fn paths(resource: &Resource) -> Result<Vec<String>, Error> {
    let path = |(folder, name): (&str, &str)| {
        let is_odd = |character: char| character.is_control() || matches!(character, '/' | '\\');
        if name.is_empty() || name.starts_with('.') || name.contains(is_odd) || name.contains("${") {
            return Err(Error::Name(sanitize(name, 100)));
        }
        Ok(if folder.is_empty() { format!("{name}.json") } else { format!("{folder}/{name}.json") })
    };
    let files = resource.files();
    if files.is_empty() {
        return Err(Error::Name(String::new()));
    }
    // Only the id has to be a valid file name: a pipeline may be called `a/b`, and is found by its content.
    let by_name = matches!(resource, Resource::SavedPipeline { .. });
    let mut valid = Vec::new();
    for (n, file) in files.into_iter().enumerate() {
        match path(file) {
            Ok(path) => valid.push(path),
            Err(_) if by_name && (n > 0 || matches!(resource, Resource::SavedPipeline { id: None, .. })) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(valid)
}

fn on_disk(root: &Path, paths: &[String], resource: &Resource) -> Result<Fetched, Error> {
    let root = canonical(root)?;
    for path in paths {
        let Some(bytes) = read(&root, Path::new(path))? else { continue };
        if resource.is_answered_by(&bytes) {
            return Ok(Fetched::Found { bytes: bytes.into(), origin: sanitize(path, 300) });
        }
    }
    match resource {
        Resource::SavedPipeline { application, id: None, name: Some(name) } => by_name(&root, application, name),
        _ => Ok(Fetched::Missing),
    }
}

/// The folder itself, links resolved.
fn canonical(root: &Path) -> Result<PathBuf, Error> {
    let display = || sanitize(&root.to_string_lossy(), 200);
    let found = root.canonicalize().map_err(|error| Error::Folder(format!("cannot read {}: {error}", display())))?;
    if !found.is_dir() {
        return Err(Error::Folder(format!("{} is not a folder", display())));
    }
    Ok(found)
}

/// A file of the folder, or nothing when it does not exist. A link may lead elsewhere within the folder (as every file of a mounted
/// `ConfigMap` does), and not out of it.
fn read(root: &Path, path: &Path) -> Result<Option<Vec<u8>>, Error> {
    let file = root.join(path);
    let display = || sanitize(&path.to_string_lossy(), 200);
    let target = match file.canonicalize() {
        Ok(target) => target,
        Err(error) if error.kind() == io::ErrorKind::NotFound && file.symlink_metadata().is_err() => return Ok(None),
        Err(error) => return Err(Error::Folder(format!("cannot read {}: {error}", display()))),
    };
    if !target.starts_with(root) {
        return Err(Error::Folder(format!("{} is a link that leads out of the folder", display())));
    }
    InputFile::File(target).read().map(Some).map_err(|error| Error::Folder(error.to_string()))
}

/// What is known of a saved pipeline without reading all of it.
#[derive(Deserialize)]
struct Named {
    #[serde(default)]
    application: Option<String>,
    #[serde(default)]
    name: Option<String>,
}

/// The saved pipelines of the folder: path, and bytes.
fn saved(root: &Path) -> Result<Vec<(PathBuf, Vec<u8>)>, Error> {
    let folder = root.join("pipelines");
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut all = Vec::new();
    for input in expand(&[folder], &Selection::everything()) {
        let path = match input {
            Ok(InputFile::File(path) | InputFile::InFolder(path)) => path,
            Ok(_) => continue,
            Err(error) => return Err(Error::Folder(error.to_string())),
        };
        let Ok(path) = path.strip_prefix(root) else { continue };
        let Some(bytes) = read(root, path)? else { continue };
        all.push((path.to_owned(), bytes));
    }
    Ok(all)
}

/// The saved pipeline of that application and name, whatever its file is called: backups are named after ids.
fn by_name(root: &Path, application: &str, name: &str) -> Result<Fetched, Error> {
    for (path, bytes) in saved(root)? {
        let Ok(found) = serde_json::from_slice::<Named>(&bytes) else { continue };
        if found.name.as_deref() == Some(name) && found.application.as_deref() == Some(application) {
            let origin = sanitize(&path.to_string_lossy(), 300);
            return Ok(Fetched::Found { bytes: bytes.into(), origin });
        }
    }
    Ok(Fetched::Missing)
}

/// The applications of the folder, or the saved pipelines of one of them, as a service lists them. A pipeline that cannot be read may be
/// one of them, so it is an error.
fn listing(root: &Path, resource: &Resource) -> Result<Fetched, Error> {
    let root = canonical(root)?;
    let mut names = BTreeSet::new();
    let mut pipelines: Vec<String> = Vec::new();
    for (path, bytes) in saved(&root)? {
        let not_read = |why: String| Error::Folder(format!("{}: {why}", sanitize(&path.to_string_lossy(), 200)));
        let found: Named =
            serde_json::from_slice(&bytes).map_err(|_| not_read("invalid saved pipeline in JSON".into()))?;
        let application = found.application.ok_or_else(|| not_read("it names no application".into()))?;
        if matches!(resource, Resource::Pipelines { application: wanted } if application.eq_ignore_ascii_case(wanted)) {
            pipelines.push(String::from_utf8(bytes).map_err(|_| not_read("it is not UTF-8".into()))?);
        }
        names.insert(application);
    }
    if matches!(resource, Resource::Pipelines { .. }) {
        return Ok(Fetched::Found { bytes: format!("[{}]", pipelines.join(",")).into(), origin: "pipelines".into() });
    }
    let folder = root.join("applications");
    if folder.is_dir() {
        for input in expand(&[folder], &Selection::everything()) {
            let input = input.map_err(|error| Error::Folder(error.to_string()))?;
            let name = Path::new(&input.name()).file_stem().map(|name| name.to_string_lossy().into_owned());
            names.extend(name);
        }
    }
    let all: Vec<_> = names.into_iter().map(|name| serde_json::json!({"name": name})).collect();
    Ok(Fetched::Found { bytes: serde_json::Value::from(all).to_string().into(), origin: "applications".into() })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("executions/01X.json", "{\"id\":\"01X\"}"),
            ("pipelines/p-1.json", "{\"id\":\"p-1\",\"application\":\"shop\",\"name\":\"deploy / prod\"}"),
            ("accounts.json", "[]"),
        ] {
            fs::create_dir_all(folder.path().join(name).parent().unwrap()).unwrap();
            fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    async fn get(root: &Path, resource: Resource) -> Result<Fetched, Error> {
        Folder::Disk(root.to_owned()).get(&resource).await
    }

    fn execution(id: &str) -> Resource {
        Resource::Execution { id: id.to_owned() }
    }

    #[tokio::test]
    async fn documents_are_found_by_id_and_pipelines_by_name_too() {
        let folder = folder();
        let found = get(folder.path(), execution("01X")).await.unwrap();
        assert!(matches!(found, Fetched::Found { origin, .. } if origin == "executions/01X.json"));
        assert!(matches!(get(folder.path(), execution("01Y")).await.unwrap(), Fetched::Missing));
        assert!(matches!(get(folder.path(), Resource::Accounts).await.unwrap(), Fetched::Found { .. }));
        let named = |application: &str| Resource::SavedPipeline {
            application: application.to_owned(),
            id: None,
            name: Some("deploy / prod".to_owned()),
        };
        let found = get(folder.path(), named("shop")).await.unwrap();
        assert!(matches!(found, Fetched::Found { origin, .. } if origin == "pipelines/p-1.json"));
        assert!(matches!(get(folder.path(), named("other")).await.unwrap(), Fetched::Missing));
    }

    #[tokio::test]
    async fn no_id_and_no_link_leads_out_of_the_folder() {
        let folder = folder();
        let outside = tempfile::NamedTempFile::new().unwrap();
        let link = |target: &Path, name: &str| {
            std::os::unix::fs::symlink(target, folder.path().join("executions").join(name)).unwrap();
        };
        link(outside.path(), "out.json");
        link(Path::new("/nowhere"), "broken.json");
        link(Path::new("loop.json"), "loop.json");
        link(Path::new("01X.json"), "within.json");
        for wrong in ["../accounts", "..", ".", "", "a/b", "a\\b", "a\0b", ".hidden", "${x}"] {
            assert!(matches!(get(folder.path(), execution(wrong)).await, Err(Error::Name(_))), "{wrong:?}");
        }
        for wrong in ["out", "broken", "loop"] {
            assert!(matches!(get(folder.path(), execution(wrong)).await, Err(Error::Folder(_))), "{wrong}");
        }
        assert!(matches!(get(folder.path(), execution("within")).await, Ok(Fetched::Found { .. })));
        let gone = get(&folder.path().join("gone"), execution("01X")).await;
        assert!(matches!(gone, Err(Error::Folder(_))), "a missing folder is not a missing document");
    }
}
