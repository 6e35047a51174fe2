use crate::text::quoted;
use crate::{BuildError, Draft, Operation, ServiceError, Target};
use bytes::Bytes;
use http::Response;
use std::error::Error;

/// A part of a list, and the operation that asks for the next part.
///
/// ```
/// use nh_core::{Hub, ListRegistrations, Operation};
/// # use nh_core::{bytes::Bytes, http::{Request, Response}};
/// # fn carry(request: Request<Bytes>) -> Response<Bytes> {
/// #     let first = request.uri().query().unwrap().ends_with("$top=100");
/// #     let answer = Response::builder();
/// #     let answer = if first { answer.header("x-ms-continuationtoken", "MzEobik7Mg%3D%3D") } else { answer };
/// #     answer.body(Bytes::from("<feed xmlns='http://www.w3.org/2005/Atom'/>")).unwrap()
/// # }
/// # let hub = Hub::from_connection_string(
/// #     "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=Full;SharedAccessKey=c2VjcmV0", "news")?;
/// let mut all = Vec::new();
/// let mut next = Some(ListRegistrations::new().top(100));
/// while let Some(list) = next {
///     let request = hub.request(&list, std::time::SystemTime::now())?;
///     let page = list.response(carry(request))?;
///     all.extend(page.items);
///     next = page.next;
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Page<T, O> {
    /// What this page holds. It may be empty though there is a next one.
    pub items: Vec<T>,
    /// Asks for the next page; `None` on the last.
    pub next: Option<O>,
}

impl<T, O> Page<T, O> {
    /// A page that holds `items`. `next` asks for the page after it. For a [`List`] of your own.
    pub fn new(items: Vec<T>, next: Option<O>) -> Page<T, O> {
        Page { items, next }
    }
}

/// An operation that reads one page of a list. Its answer is a [`Page`], which has the operation for the next page.
///
/// [`ListRegistrations`](crate::ListRegistrations) and its like are lists. You can write your own:
///
/// ```
/// use nh_core::{BuildError, Draft, List, Operation, Page, ServiceError, bytes::Bytes, http::Response};
///
/// /// The names of the hub's tags, one on each line (made up).
/// struct ListTags(Option<String>);
///
/// impl Operation for ListTags {
///     type Output = Page<String, ListTags>;
///     fn draft(&self, draft: &mut Draft<'_>) -> Result<(), BuildError> {
///         draft.path(&["tags"])?;
///         if let Some(token) = &self.0 {
///             draft.query("after", token);
///         }
///         Ok(())
///     }
///     fn response(&self, response: Response<Bytes>) -> Result<Self::Output, ServiceError> {
///         let response = ServiceError::check(response)?;
///         let next = response.headers().get("x-next").and_then(|token| token.to_str().ok());
///         let text = String::from_utf8_lossy(response.body());
///         let next = next.map(|token| ListTags(Some(token.to_owned())));
///         Ok(Page::new(text.lines().map(str::to_owned).collect(), next))
///     }
///     fn repeatable(&self) -> bool {
///         true
///     }
/// }
///
/// impl List for ListTags {
///     type Item = String;
///     fn continuation_token(&self) -> Option<&str> {
///         self.0.as_deref()
///     }
/// }
///
/// let answer = Response::builder().header("x-next", "b").body(Bytes::from("sports\nnews"))?;
/// let page = ListTags(None).response(answer)?;
/// assert_eq!(page.items, ["sports", "news"]);
/// assert_eq!(page.next.expect("there is more").continuation_token(), Some("b"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait List: Operation<Output = Page<<Self as List>::Item, Self>> + Sized {
    /// What the list holds.
    type Item;

    /// The token of the page that it asks for: keep it to go on later. `None` for the first page.
    fn continuation_token(&self) -> Option<&str>;
}

/// Sees that a list ends: a service that hands out tokens in a circle would be asked for ever. The token of every 1st, 2nd, 4th, 8th,
/// .. page is remembered and must not come again (R. P. Brent's cycle detection).
#[derive(Clone, Debug, Default)]
pub(crate) struct Way {
    remembered: Option<String>,
    pages: u64,
}

impl Way {
    /// The way after a page that was asked for with `token`, and names `next` for the page after it.
    pub(crate) fn after(
        &self,
        token: Option<&str>,
        next: &str,
        response: &Response<Bytes>,
    ) -> Result<Way, ServiceError> {
        if Some(next) == token || Some(next) == self.remembered.as_deref() {
            return Err(unreadable(response, "the continuation token repeats: the list would never end"));
        }
        let pages = self.pages + 1;
        let remembered =
            if pages.is_power_of_two() { Some(next.to_owned()) } else { self.remembered.clone() };
        Ok(Way { remembered, pages })
    }
}

fn unreadable(response: &Response<Bytes>, why: &str) -> ServiceError {
    ServiceError::unreadable(response, Box::<dyn Error + Send + Sync>::from(why))
}

/// Where a list goes on: how many items to a page, and after which token.
#[derive(Clone, Debug, Default)]
pub(crate) struct Position {
    top: Option<u32>,
    token: Option<String>,
    way: Way,
}

impl Position {
    pub(crate) fn set_top(&mut self, top: u32) {
        self.top = Some(top);
    }

    pub(crate) fn set_token(&mut self, token: &str) -> Result<(), BuildError> {
        if !is_token(token) {
            return Err(BuildError::new(
                format_args!("continuation token {}", quoted(token)),
                "is none",
                "give it exactly as the header x-ms-continuationtoken had it: percent-encoded",
            ));
        }
        self.token = Some(token.to_owned());
        Ok(())
    }

    pub(crate) fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    pub(crate) fn draft<T: Target>(&self, draft: &mut Draft<'_, T>) {
        if let Some(top) = self.top {
            draft.query("$top", &top.to_string());
        }
        if let Some(token) = &self.token {
            draft.query_encoded("continuationtoken", token);
        }
    }

    /// Where the list goes on after `response`.
    pub(crate) fn next(&self, response: &Response<Bytes>) -> Result<Option<Position>, ServiceError> {
        let Some(token) = response.headers().get("x-ms-continuationtoken").filter(|token| !token.is_empty())
        else {
            return Ok(None);
        };
        let token = token.to_str().ok().filter(|token| is_token(token));
        let token =
            token.ok_or_else(|| unreadable(response, "the continuation token is no part of a URL"))?;
        let way = self.way.after(self.token(), token, response)?;
        Ok(Some(Position { top: self.top, token: Some(token.to_owned()), way }))
    }
}

/// It goes into the query as it is, so it must not end its parameter.
fn is_token(text: &str) -> bool {
    let legal = |b: u8| b.is_ascii_alphanumeric() || b"-._~%!$'()*+,;:@/?=".contains(&b);
    !text.is_empty() && text.bytes().all(legal)
}

/// What the three lists of registrations share: page size, continuation, and how a page is read.
macro_rules! pages {
    ($list:ident) => {
        impl $list {
            /// Asks for at most `count` registrations a page. The service decides unless told; the .NET SDK asks for 100.
            pub fn top(mut self, count: u32) -> $list {
                self.position.set_top(count);
                self
            }

            /// Goes on after a page that was read elsewhere, with the token of its `x-ms-continuationtoken` header. The
            /// token is percent-encoded already and goes out as it is.
            ///
            /// # Errors
            /// A text that cannot stand in a query.
            pub fn after(mut self, continuation_token: &str) -> Result<$list, $crate::BuildError> {
                self.position.set_token(continuation_token)?;
                Ok(self)
            }

            fn at(&self, position: $crate::page::Position) -> $list {
                let mut list = self.clone();
                list.position = position;
                list
            }

            fn page(
                &self,
                response: http::Response<bytes::Bytes>,
            ) -> Result<$crate::Page<$crate::Registration, $list>, $crate::ServiceError> {
                let response = $crate::ServiceError::check(response)?;
                let items = $crate::atom::read_contents(response.body(), $crate::Registration::read)
                    .map_err(|why| $crate::ServiceError::unreadable(&response, why))?;
                let next = self.position.next(&response)?;
                Ok($crate::Page { items, next: next.map(|position| self.at(position)) })
            }
        }

        impl $crate::List for $list {
            type Item = $crate::Registration;

            fn continuation_token(&self) -> Option<&str> {
                self.position.token()
            }
        }
    };
}
pub(crate) use pages;

#[cfg(test)]
mod tests {
    use super::*;

    fn page(token: &str) -> Response<Bytes> {
        Response::builder().header("x-ms-continuationtoken", token).body(Bytes::new()).unwrap()
    }

    #[test]
    fn a_circle_of_tokens_ends() {
        for circle in [1, 2, 3, 7, 50] {
            let mut position = Position::default();
            let mut pages = 0;
            while let Ok(next) = position.next(&page(&format!("t{}", pages % circle))) {
                position = next.expect("there is always a token");
                pages += 1;
                assert!(pages < 8 * circle + 8, "circle of {circle}");
            }
        }
    }

    #[test]
    fn a_long_list_does_not() {
        let mut position = Position::default();
        for i in 0..1000 {
            position = position.next(&page(&format!("t{i}"))).unwrap().unwrap();
        }
    }

    #[test]
    fn the_last_page_has_no_token_or_an_empty_one() {
        assert!(Position::default().next(&page("")).unwrap().is_none());
        assert!(Position::default().next(&Response::new(Bytes::new())).unwrap().is_none());
    }

    #[test]
    fn a_token_cannot_write_parameters() {
        for bad in ["", "a&b=c", "a#b", "a b", "a\r\nb", "é"] {
            assert!(Position::default().set_token(bad).is_err(), "{bad}");
        }
        assert!(Position::default().next(&page("a&$top=1")).unwrap_err().is_unreadable());
    }
}
