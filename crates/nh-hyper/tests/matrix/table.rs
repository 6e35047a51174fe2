//! The table, one row for each fault.

use crate::cell::Cell;
use crate::operation::{OPERATIONS, Operation};
use crate::{AT_ONCE, Played};
use std::fmt::Write;

const HEAD: &str = "\
# The fault matrix

Each row is a fault that every attempt of a call meets. A cell shows what the caller is told of the request (its fate) and the kind of the
result, how often the call was tried, how often the server carried it out, and how long the call took on a clock that only waits move. A
cell counts for one call alone and for 64 calls at once; if these differ, it shows both.

| fate | what the caller knows |
|---|---|
| done | the server carried the request out |
| not done | it did not; the call can be made again |
| unknown | it may have; a send that is made again may arrive twice |
| final | it did not, and it would not if it was asked again |

A test plays all of it over real sockets, on tokio, smol and async-std, and fails if a runtime gives another row, if a request was carried
out that the caller is told was not, if a send was carried out twice, or if this table is not what it found. One command makes the table:

```sh
NH_WRITE_MATRIX=1 cargo test -p nh-hyper --all-features --test matrix
```

Waits are random. Here each is the longest that chance may give. One call alone goes over TLS. 64 calls at once go over plain HTTP, to save
time, if the fault comes after TLS; those over HTTP/2 and over a reused connection have TLS, too. A server answers when all calls that go
on have asked, so none is held back by the answer to another. How often 64 calls are tried under a limit of HTTP/2 streams depends on who
comes first, so that cell does not show it.

";

pub(crate) fn table(played: &[Played]) -> String {
    let mut text = HEAD.to_owned();
    text += "| fault | send | installation put | registration list | what the error of a send says |\n|---|---|---|---|---|\n";
    for row in played.chunk_by(|one, other| one.fault == other.fault) {
        let [send, put, list] = OPERATIONS.map(|operation| cell(row, operation));
        let fault = row[0].fault;
        writeln!(text, "| {fault} | {send} | {put} | {list} | {} |", errors(&row[0].cell)).unwrap();
    }
    text
}

fn cell(row: &[Played], operation: Operation) -> String {
    let [one, many] = AT_ONCE.map(|at_once| {
        row.iter().find(|played| (played.operation, played.at_once) == (operation, at_once)).unwrap()
    });
    let [alone, together] = [one, many].map(|played| played.cell.to_string());
    if alone == together { alone } else { format!("{alone}<br>{} at once: {together}", many.at_once) }
}

/// The table is Markdown, and what errors say is not.
fn errors(cell: &Cell) -> String {
    let quoted = cell.errors.iter().map(|error| format!("`{}`", error.replace('|', "\\|").replace('`', "'")));
    quoted.collect::<Vec<_>>().join("<br>")
}
