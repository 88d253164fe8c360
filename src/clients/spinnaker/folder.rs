//! A folder that mirrors Spinnaker's services, so that everything can be tried offline; or one that stands in the program.

use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use serde::Deserialize;

use super::{Answer, Error, Resource};
use crate::base::sanitize::sanitize;
use crate::clients::files::{self, InputFile};

/// Where the files are.
#[derive(Clone, Debug)]
pub enum Folder {
    /// `--source-dir`.
    Disk(PathBuf),
    /// Files of the program itself, by path: what `demo` runs on.
    Embedded(&'static [(&'static str, &'static str)]),
}

impl Folder {
    /// Looks for `resource`: first where its id or name says, then, for a pipeline known by name alone, in every saved one.
    pub(super) async fn get(&self, resource: &Resource) -> Result<Answer, Error> {
        let places = places(resource)?;
        match self {
            Self::Embedded(files) => {
                let found = places.iter().find_map(|place| files.iter().find(|(name, _)| name == place));
                Ok(match found {
                    Some((name, text)) => {
                        Answer::Found { bytes: Bytes::from_static(text.as_bytes()), origin: (*name).to_owned() }
                    }
                    None => Answer::Missing,
                })
            }
            Self::Disk(root) => {
                let (root, resource) = (root.clone(), resource.clone());
                let look = move || on_disk(&root, &places, &resource);
                tokio::task::spawn_blocking(look)
                    .await
                    .unwrap_or_else(|_| Err(Error::Folder("the folder could not be read".to_owned())))
            }
        }
    }

    /// Where it is, safe to show.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Disk(root) => sanitize(&root.to_string_lossy(), 200),
            Self::Embedded(_) => "in the program".to_owned(),
        }
    }

    /// Whether it is there, and what it holds.
    pub(super) fn look(&self) -> Result<String, Error> {
        let Self::Disk(root) = self else { return Ok("it stands in the program".to_owned()) };
        let root = whole(root)?;
        let known = ["executions", "pipelines", "applications", "canary-configs", "accounts.json"];
        let held: Vec<&str> = known.into_iter().filter(|name| root.join(name).exists()).collect();
        if held.is_empty() {
            return Err(Error::Folder(format!("{} holds none of {}", self.shown(), known.join(", "))));
        }
        Ok(format!("holds {}", held.join(", ")))
    }
}

/// The files that may hold `resource`, relative to the folder. Each is one name in a folder of ours: no id leads elsewhere.
fn places(resource: &Resource) -> Result<Vec<String>, Error> {
    let place = |(folder, name): (&str, &str)| {
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
    // Only the id has to be fit for a file's name: a pipeline may be called `a/b`, and is found by what stands in it.
    let by_name = matches!(resource, Resource::SavedPipeline { .. });
    let mut good = Vec::new();
    for (n, file) in files.into_iter().enumerate() {
        match place(file) {
            Ok(place) => good.push(place),
            Err(_) if by_name && (n > 0 || matches!(resource, Resource::SavedPipeline { id: None, .. })) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(good)
}

fn on_disk(root: &Path, places: &[String], resource: &Resource) -> Result<Answer, Error> {
    let whole = whole(root)?;
    for place in places {
        let Some(bytes) = read(&whole, Path::new(place))? else { continue };
        if resource.is_answered_by(&bytes) {
            return Ok(Answer::Found { bytes: bytes.into(), origin: sanitize(place, 300) });
        }
    }
    match resource {
        Resource::SavedPipeline { application, id: None, name: Some(name) } => by_name(&whole, application, name),
        _ => Ok(Answer::Missing),
    }
}

/// The folder itself, links resolved.
fn whole(root: &Path) -> Result<PathBuf, Error> {
    let shown = || sanitize(&root.to_string_lossy(), 200);
    let whole = root.canonicalize().map_err(|error| Error::Folder(format!("{} cannot be read: {error}", shown())))?;
    if !whole.is_dir() {
        return Err(Error::Folder(format!("{} is not a folder", shown())));
    }
    Ok(whole)
}

/// A file of the folder, or nothing when it is not there. A link may lead from place to place within the folder (so does every
/// file of a mounted `ConfigMap`), and not out of it.
fn read(root: &Path, place: &Path) -> Result<Option<Vec<u8>>, Error> {
    let file = root.join(place);
    let shown = || sanitize(&place.to_string_lossy(), 200);
    let target = match file.canonicalize() {
        Ok(target) => target,
        Err(error) if error.kind() == io::ErrorKind::NotFound && file.symlink_metadata().is_err() => return Ok(None),
        Err(error) => return Err(Error::Folder(format!("{} cannot be read: {error}", shown()))),
    };
    if !target.starts_with(root) {
        return Err(Error::Folder(format!("{} is a link that leads out of the folder", shown())));
    }
    InputFile::File(target).read().map(Some).map_err(|error| Error::Folder(error.to_string()))
}

/// The saved pipeline of that application and name, whatever its file is called: backups go by ids.
fn by_name(root: &Path, application: &str, name: &str) -> Result<Answer, Error> {
    #[derive(Deserialize)]
    struct Pipeline {
        #[serde(default)]
        application: Option<String>,
        #[serde(default)]
        name: Option<String>,
    }
    let folder = root.join("pipelines");
    if !folder.is_dir() {
        return Ok(Answer::Missing);
    }
    for input in files::expand(&[folder]) {
        let path = match input {
            Ok(InputFile::File(path)) => path,
            Ok(InputFile::Stdin) => continue,
            Err(error) => return Err(Error::Folder(error.to_string())),
        };
        let Ok(place) = path.strip_prefix(root) else { continue };
        let Some(bytes) = read(root, place)? else { continue };
        let Ok(found) = serde_json::from_slice::<Pipeline>(&bytes) else { continue };
        if found.name.as_deref() == Some(name) && found.application.as_deref() == Some(application) {
            let origin = sanitize(&place.to_string_lossy(), 300);
            return Ok(Answer::Found { bytes: bytes.into(), origin });
        }
    }
    Ok(Answer::Missing)
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

    async fn get(root: &Path, resource: Resource) -> Result<Answer, Error> {
        Folder::Disk(root.to_owned()).get(&resource).await
    }

    fn execution(id: &str) -> Resource {
        Resource::Execution { id: id.to_owned() }
    }

    #[tokio::test]
    async fn documents_are_found_by_id_and_pipelines_by_name_too() {
        let folder = folder();
        let found = get(folder.path(), execution("01X")).await.unwrap();
        assert!(matches!(found, Answer::Found { origin, .. } if origin == "executions/01X.json"));
        assert!(matches!(get(folder.path(), execution("01Y")).await.unwrap(), Answer::Missing));
        assert!(matches!(get(folder.path(), Resource::Accounts).await.unwrap(), Answer::Found { .. }));
        let named = |application: &str| Resource::SavedPipeline {
            application: application.to_owned(),
            id: None,
            name: Some("deploy / prod".to_owned()),
        };
        let found = get(folder.path(), named("shop")).await.unwrap();
        assert!(matches!(found, Answer::Found { origin, .. } if origin == "pipelines/p-1.json"));
        assert!(matches!(get(folder.path(), named("other")).await.unwrap(), Answer::Missing));
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
        assert!(matches!(get(folder.path(), execution("within")).await, Ok(Answer::Found { .. })));
        let gone = get(&folder.path().join("gone"), execution("01X")).await;
        assert!(matches!(gone, Err(Error::Folder(_))), "a folder that is not there does not lack a document");
    }
}
