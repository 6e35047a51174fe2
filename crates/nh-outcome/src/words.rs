//! Enums for the words of the service. They have one variant for each known word, and one for words that the service may add
//! later.

/// Stands for a word that is missing or blank.
#[doc(hidden)]
pub const UNKNOWN: &str = "unknown";

/// Makes an enum of words. All of them are read by the same rule: spaces around a word and its case do not matter, an unknown word
/// is kept unchanged, and a blank text is read as the word `unknown`.
#[doc(hidden)]
#[macro_export]
macro_rules! words {
    ($(#[$doc:meta])* pub enum $name:ident {
        $($(#[$variant_doc:meta])* $variant:ident = $word:literal $(| $also:literal)*,)*
    }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
            /// A word that this version does not know.
            Other($crate::OtherWord),
        }

        impl $name {
            /// The words that this version knows.
            pub const KNOWN: &'static [$name] = &[$($name::$variant,)*];

            /// Returns the word as the service writes it.
            pub fn as_str(&self) -> &str {
                match self {
                    $($name::$variant => $word,)*
                    $name::Other(word) => word.as_str(),
                }
            }
        }

        /// Reads a word. Spaces around it and its case do not matter. An unknown word is kept unchanged. A blank text is read as
        /// the word `unknown`.
        impl From<&str> for $name {
            fn from(text: &str) -> $name {
                let word = match text.trim() {
                    "" => $crate::words::UNKNOWN,
                    word => word,
                };
                $(if word.eq_ignore_ascii_case($word) $(|| word.eq_ignore_ascii_case($also))* {
                    return $name::$variant;
                })*
                $name::Other($crate::OtherWord::unknown(word))
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<$name, D::Error> {
                let word = <::std::borrow::Cow<'de, str> as ::serde::Deserialize>::deserialize(deserializer)?;
                Ok($name::from(&*word))
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use crate::{NotificationState, Outcome, OutcomeName, Platform};

    /// Every enum of words obeys the one rule.
    macro_rules! obeys {
        ($($name:ident),*) => {$({
            for known in $name::KNOWN {
                let word = known.as_str();
                for text in [word.to_owned(), word.to_uppercase(), word.to_lowercase(), format!("\r\n {word}\t")] {
                    assert_eq!(&$name::from(text.as_str()), known, "{text:?}");
                }
                let json = serde_json::to_string(known).unwrap();
                assert_eq!(json, format!("{word:?}"));
                assert_eq!(&serde_json::from_str::<$name>(&json).unwrap(), known);
                assert_eq!(known.to_string(), word);
            }
            let other = $name::from(" Brand New ");
            assert!(matches!(&other, $name::Other(word) if word.as_str() == "Brand New"));
            assert_eq!((other.as_str(), format!("{other:?}")), ("Brand New", "Other(\"Brand New\")".to_owned()));
            for blank in ["", " \n"] {
                assert_eq!($name::from(blank).as_str().to_ascii_lowercase(), "unknown");
            }
        })*};
    }

    #[test]
    fn all_words_are_read_by_one_rule() {
        obeys!(Platform, Outcome, OutcomeName, NotificationState);
    }
}
