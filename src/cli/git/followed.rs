//! The states of the roster, the newest first, with files followed to where they were moved from.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::Git;
use super::place::GitPlace;
use super::states::{Touch, Tree};

/// How often files are followed.
const MOST_MOVES: usize = 50;

/// Walks from one state to the one before it.
pub(super) struct States {
    from: Date,
    touches: std::vec::IntoIter<Touch>,
    /// The files after the commit that was given last.
    tree: Tree,
    last: Option<Touch>,
    moved: Option<Moved>,
    moves: usize,
}

/// A commit that moved files into the roster.
struct Moved {
    commit: String,
    /// The one to go on from.
    before: String,
    /// Where the files were.
    files: BTreeSet<String>,
    /// Folders of which all files were moved, to the same places below a folder of the roster: what
    /// lay in them earlier belonged to it too.
    folders: BTreeSet<String>,
}

impl States {
    /// Those from a commit on; of `from` and later, and the one before them.
    pub(super) async fn begin(place: &GitPlace, head: &str, from: Date) -> Result<Self, String> {
        let mut states = Self {
            from,
            touches: Vec::new().into_iter(),
            tree: Tree::new(),
            last: None,
            moved: None,
            moves: 0,
        };
        states.enter(place, head).await?;
        Ok(states)
    }

    /// The next older state: the commit that made it, and its files. `place` learns where they were.
    pub(super) async fn next(
        &mut self,
        place: &mut GitPlace,
    ) -> Result<Option<(Touch, &Tree)>, String> {
        if let Some(last) = self.last.take() {
            match self.moved.take_if(|it| it.commit == last.hash) {
                Some(moved) if self.moves < MOST_MOVES => {
                    self.moves += 1;
                    place.scope.former.extend(moved.files);
                    place.scope.named.extend(moved.folders);
                    self.enter(place, &moved.before).await?;
                }
                Some(_) => self.touches = Vec::new().into_iter(),
                None => last.take_back(&mut self.tree),
            }
        }
        self.last = self.touches.next();
        Ok(self.last.clone().map(|touch| (touch, &self.tree)))
    }

    async fn enter(&mut self, place: &GitPlace, start: &str) -> Result<(), String> {
        let touches = place.git.touches(start, &place.scope, self.from).await?;
        if let Some(first) = touches.first() {
            self.tree = place.git.tree(&first.hash, &place.scope).await?;
            self.moved = moved(place, &touches, self.from).await?;
        }
        self.touches = touches.into_iter();
        Ok(())
    }
}

/// The newest commit that moved files into the roster.
async fn moved(place: &GitPlace, touches: &[Touch], from: Date) -> Result<Option<Moved>, String> {
    let git = &place.git;
    let mut pairs: Vec<(&str, &str)> = touches
        .windows(2)
        .filter(|pair| pair[0].adds())
        .map(|pair| (&*pair[0].hash, &*pair[1].hash))
        .collect();
    // The first commit of all, unless it is the state that the time looked at began with.
    let oldest = touches.last().filter(|it| it.day >= from);
    let parent = match oldest {
        Some(oldest) => git.parent(&oldest.hash).await,
        None => None,
    };
    if let (Some(oldest), Some(parent)) = (oldest, &parent) {
        pairs.push((&oldest.hash, parent));
    }
    if pairs.is_empty() {
        return Ok(None);
    }
    let mut moves = git.moves(&pairs, &place.scope).await?;
    let newest = pairs
        .iter()
        .find_map(|(commit, before)| Some((*commit, *before, moves.remove(*commit)?)));
    let Some((commit, before, moves)) = newest else {
        return Ok(None);
    };
    let mut folders = BTreeSet::new();
    for (from, to) in &moves {
        for folder in place.scope.folders_before(from, to) {
            if !folders.contains(&folder) && is_empty(git, commit, &folder).await? {
                folders.insert(folder);
            }
        }
    }
    Ok(Some(Moved {
        commit: commit.to_owned(),
        before: before.to_owned(),
        files: moves.into_keys().collect(),
        folders,
    }))
}

/// Whether a commit has nothing in a folder.
async fn is_empty(git: &Git, commit: &str, folder: &str) -> Result<bool, String> {
    let found = git.tell(&["ls-tree", commit, "--", folder], "").await?;
    Ok(found.is_empty())
}
