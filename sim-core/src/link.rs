//! A session as the end of an address: `#1.` and letters.
//!
//! `1` is the version of what follows: URL-safe base64 of a postcard of [`Link`] and its CRC-32, so that a
//! link that lost a piece on its way is told from one that means something else.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::clock::Nanos;
use crate::hardware::{BoardSpec, SpecError, spec};
use crate::machine::{Input, Session};

const VERSION: &str = "1";
const CRC: crc::Crc<u32> = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC);

/// All that is needed to open the page again at the same moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Link {
    pub board: BoardChoice,
    pub seed: u64,
    /// What came from outside, each with the nanoseconds since the one before.
    inputs: Vec<(u64, Input)>,
    pub moment: Moment,
    /// The lesson that goes with it, by its path in `scenarios`.
    pub scenario: Option<String>,
}

/// Where in a session its reader is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// The event that the reader looks at.
    pub at: u64,
    /// The newest event of the session.
    pub head: u64,
    pub still: Still,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BoardChoice {
    Named(String),
    Spec(BoardSpec),
}

/// Whether time stands still in the linked moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Still {
    Runs,
    Stands,
}

/// Why a link cannot be opened, for the reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkError {
    NoVersion,
    UnknownVersion(String),
    NotALetter { letter: char, place: usize },
    CutOrChanged,
    UnknownBoard(String),
    Board(SpecError),
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LinkError::NoVersion => {
                write!(f, "What follows the # is not a session: it should begin with `{VERSION}.`.")
            }
            LinkError::UnknownVersion(version) => write!(
                f,
                "It is of version `{version}`, and this page reads version {VERSION}. A newer page may have made it."
            ),
            LinkError::NotALetter { letter, place } => {
                write!(f, "Its letter {place} is `{letter}`, which no session contains.")
            }
            LinkError::CutOrChanged => {
                write!(f, "It was cut short or changed on its way: its check digits do not fit.")
            }
            LinkError::UnknownBoard(name) => {
                write!(f, "It asks for a machine called `{name}`, which is not known here.")
            }
            LinkError::Board(problem) => write!(f, "Its machine cannot be built: {problem}."),
        }
    }
}

impl Link {
    pub fn new(board: BoardChoice, session: &Session, moment: Moment, scenario: Option<String>) -> Link {
        let mut before = Nanos::ZERO;
        let inputs = session.inputs.iter().map(|(moment, input)| {
            let since = *moment - before;
            before = *moment;
            (since.0, input.clone())
        });
        Link { inputs: inputs.collect(), board, seed: session.seed, moment, scenario }
    }

    pub fn session(&self) -> Result<Session, LinkError> {
        let board = self.board.spec()?;
        let mut moment = Nanos::ZERO;
        let inputs = self.inputs.iter().map(|(since, input)| {
            moment = moment + Nanos(*since);
            (moment, input.clone())
        });
        Ok(Session { inputs: inputs.collect(), board, seed: self.seed })
    }

    /// The link as what follows the `#`.
    pub fn encode(&self) -> String {
        let mut bytes = postcard::to_allocvec(self).expect("a link is plain data");
        bytes.extend(CRC.checksum(&bytes).to_le_bytes());
        format!("{VERSION}.{}", URL_SAFE_NO_PAD.encode(bytes))
    }

    pub fn decode(fragment: &str) -> Result<Link, LinkError> {
        let (version, letters) = fragment.split_once('.').ok_or(LinkError::NoVersion)?;
        if version != VERSION {
            return Err(LinkError::UnknownVersion(version.to_owned()));
        }
        let wrong = |letter: &char| !(letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_'));
        if let Some((place, letter)) = letters.chars().enumerate().find(|(_, letter)| wrong(letter)) {
            return Err(LinkError::NotALetter { letter, place: place + 1 });
        }
        let bytes = URL_SAFE_NO_PAD.decode(letters).map_err(|_| LinkError::CutOrChanged)?;
        let (body, check) = bytes.split_last_chunk::<4>().ok_or(LinkError::CutOrChanged)?;
        if CRC.checksum(body) != u32::from_le_bytes(*check) {
            return Err(LinkError::CutOrChanged);
        }
        postcard::from_bytes(body).map_err(|_| LinkError::CutOrChanged)
    }
}

impl BoardChoice {
    pub fn spec(&self) -> Result<BoardSpec, LinkError> {
        match self {
            BoardChoice::Spec(spec) => Ok(spec.clone()),
            BoardChoice::Named(name) => {
                spec::named(name).ok_or_else(|| LinkError::UnknownBoard(name.clone()))
            }
        }
    }
}

impl Default for BoardChoice {
    fn default() -> Self {
        BoardChoice::Named("default".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link() -> Link {
        let typed = Input::Type { terminal: 0, bytes: b"root\r".to_vec() };
        let inputs = vec![(Nanos(1), Input::PowerButton), (Nanos::seconds(4), typed)];
        let session = Session { board: BoardSpec::default(), seed: 7, inputs };
        Link::new(
            BoardChoice::default(),
            &session,
            Moment { at: 1234, head: 2000, still: Still::Stands },
            Some("boot/power-on.md".to_owned()),
        )
    }

    #[test]
    fn a_link_opens_as_what_it_was_made_of() {
        let decoded = Link::decode(&link().encode()).expect("it was just made");
        assert_eq!(decoded, link());
        assert_eq!(decoded.session().expect("a known board").inputs[1].0, Nanos::seconds(4));
    }

    #[test]
    fn bad_links_say_what_is_wrong() {
        let good = link().encode();
        let cases = [
            ("terminal".to_owned(), LinkError::NoVersion),
            (good.replacen("1.", "2.", 1), LinkError::UnknownVersion("2".to_owned())),
            (good[..good.len() - 3].to_owned(), LinkError::CutOrChanged),
            (good.replacen("1.", "1. ", 1), LinkError::NotALetter { letter: ' ', place: 1 }),
            ("1.".to_owned(), LinkError::CutOrChanged),
        ];
        for (fragment, error) in cases {
            assert_eq!(Link::decode(&fragment), Err(error), "{fragment}");
        }
    }
}
