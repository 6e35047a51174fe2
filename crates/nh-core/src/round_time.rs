use std::fmt;
use std::time::Duration;

/// A time in round figures, for people.
#[derive(Clone, Copy, Debug)]
pub struct RoundTime(pub Duration);

impl fmt::Display for RoundTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let milliseconds = self.0.as_millis();
        let tenths = (milliseconds + 50) / 100;
        match milliseconds {
            0..1000 => write!(f, "{milliseconds} ms"),
            1000..10_000 if !tenths.is_multiple_of(10) => write!(f, "{}.{} s", tenths / 10, tenths % 10),
            1000..300_000 => write!(f, "{:.0} s", self.0.as_secs_f64()),
            300_000..7_200_000 => write!(f, "{:.0} min", self.0.as_secs_f64() / 60.0),
            7_200_000..172_800_000 => write!(f, "{:.0} h", self.0.as_secs_f64() / 3600.0),
            _ => write!(f, "{:.0} days", self.0.as_secs_f64() / 86_400.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_round() {
        for (milliseconds, text) in [
            (0, "0 ms"),
            (50, "50 ms"),
            (1000, "1 s"),
            (2345, "2.3 s"),
            (6999, "7 s"),
            (9960, "10 s"),
            (30_000, "30 s"),
            (61_700, "62 s"),
            (600_000, "10 min"),
            (86_400_000, "24 h"),
            (31_536_000_000, "365 days"),
        ] {
            assert_eq!(RoundTime(Duration::from_millis(milliseconds)).to_string(), text);
        }
    }
}
