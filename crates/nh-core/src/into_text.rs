//! The types of text that programs use.

/// Implements a conversion for each type of text, owned and borrowed. It converts from `&str`.
macro_rules! for_texts {
    ($trait:ident :: $method:ident -> $output:ty, $read:path) => {
        $crate::into_text::for_texts!(@ $trait :: $method -> $output, $read;
            &str, &&str, String, &String, &&String, std::borrow::Cow<'_, str>, &std::borrow::Cow<'_, str>, Box<str>, &Box<str>,
            std::sync::Arc<str>, &std::sync::Arc<str>);
    };
    (@ $trait:ident :: $method:ident -> $output:ty, $read:path; $($text:ty),*) => {$(
        impl $trait for $text {
            fn $method(self) -> Result<$output, $crate::BuildError> {
                {
                let text: &str = self.as_ref();
                $read(text)
                }
            }
        }
    )*};
}
pub(crate) use for_texts;
