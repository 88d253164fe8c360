//! A folder that mirrors Spinnaker's services, so that everything can be tried offline; or one that stands in the program.

use std::path::PathBuf;

use bytes::Bytes;

use crate::sanitize::sanitize;
use crate::source::file::Input;
use crate::source::resource::Resource;
use crate::source::{Answer, Error};

/// Where the files are.
#[derive(Clone, Debug)]
pub enum Folder {
    /// `--source-dir`.
    Disk(PathBuf),
    /// Files of the program itself, by path: what `demo` runs on.
    Embedded(&'static [(&'static str, &'static str)]),
}

impl Folder {
    pub(super) fn get(&self, resource: &Resource) -> Result<Answer, Error> {
        let path = match resource.file() {
            (file, None) => file.to_owned(),
            (folder, Some(name)) => {
                // One file name and nothing else: no id leads out of the folder.
                if name.is_empty() || name.starts_with('.') || name.contains(['/', '\\', '\0']) || name.contains("${") {
                    return Err(Error::Name(sanitize(name, 100)));
                }
                format!("{folder}/{name}.json")
            }
        };
        match self {
            Self::Embedded(files) => Ok(match files.iter().find(|(name, _)| *name == path) {
                Some((_, text)) => Answer::Found { bytes: Bytes::from_static(text.as_bytes()), origin: path },
                None => Answer::Missing,
            }),
            Self::Disk(folder) => {
                if !folder.is_dir() {
                    return Err(Error::Folder(format!("{} is no folder", sanitize(&folder.to_string_lossy(), 200))));
                }
                let file = folder.join(&path);
                if !file.exists() {
                    return Ok(Answer::Missing);
                }
                let bytes = Input::File(file).read().map_err(|error| Error::Folder(error.to_string()))?;
                Ok(Answer::Found { bytes: bytes.into(), origin: path })
            }
        }
    }
}
