//! Plots of what was counted over time: stacked bars, with the table behind them.

use time::{Duration, OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};

/// The height and the width of the picture, in its own units: it is stretched to where it stands.
const HEIGHT: i64 = 1000;
const WIDTH: usize = 10;
/// What happened at all is seen.
const LEAST_HEIGHT: i64 = 8;

/// Steps of time, the last of which is going on.
pub(super) struct Steps {
    /// When the first began.
    pub since: OffsetDateTime,
    /// How long each is.
    pub step: Duration,
    /// How many they are.
    pub count: i32,
}

impl Steps {
    /// So many steps of whole minutes, hours or days, up to now.
    pub fn until(now: OffsetDateTime, step: Duration, count: i32) -> Self {
        let width = step.whole_seconds();
        let last = now.unix_timestamp().div_euclid(width) * width;
        let since = OffsetDateTime::from_unix_timestamp(last).unwrap_or(now) - step * (count - 1);
        Self { since, step, count }
    }

    /// How often in each step, from how often at the beginnings of steps.
    pub fn counts(&self, counted: impl Iterator<Item = (OffsetDateTime, i64)>) -> Vec<i64> {
        let mut counts = vec![0; usize::try_from(self.count).unwrap_or_default()];
        for (start, count) in counted {
            let at = (start - self.since).whole_seconds().div_euclid(self.step.whole_seconds());
            if let Some(sum) = usize::try_from(at).ok().and_then(|at| counts.get_mut(at)) {
                *sum += count;
            }
        }
        counts
    }

    fn label(&self, n: usize) -> String {
        const DAY: &[BorrowedFormatItem<'_>] = format_description!("[day padding:none] [month repr:short]");
        const HOUR: &[BorrowedFormatItem<'_>] =
            format_description!("[day padding:none] [month repr:short], [hour]:[minute]");
        const MINUTE: &[BorrowedFormatItem<'_>] = format_description!("[hour]:[minute]");
        let format = if self.step >= Duration::DAY {
            DAY
        } else if self.step * self.count > Duration::DAY {
            HOUR
        } else {
            MINUTE
        };
        let at = self.since + self.step * i32::try_from(n).unwrap_or_default();
        at.format(format).unwrap_or_default()
    }
}

/// One thing that is plotted: the same name and colour for it everywhere.
pub(super) struct Series {
    pub name: &'static str,
    /// The class of its colour: `plot-1` to `plot-6`, or `plot-bad`.
    pub colour: &'static str,
    /// How often in each step.
    pub counts: Vec<i64>,
}

/// A plot.
pub struct Chart {
    /// For the elements of the page.
    pub id: &'static str,
    /// What was counted.
    pub title: &'static str,
    /// How often in all.
    pub total: String,
    /// What the axis says, from the top down.
    pub ticks: Vec<String>,
    /// The things that were counted at all, those below first.
    pub series: Vec<Plotted>,
    /// Each step of time.
    pub bars: Vec<Bar>,
}

/// One thing as it is drawn.
pub struct Plotted {
    /// What it is called.
    pub name: &'static str,
    /// The class of its colour.
    pub colour: &'static str,
    /// How often in all.
    pub total: String,
    /// Its part of each bar, as the data of an SVG path.
    pub path: String,
}

/// A step of time.
pub struct Bar {
    /// When it began, in UTC.
    pub start: String,
    /// From the left.
    pub x: usize,
    /// How often each thing happened in it, in the order of the things.
    pub counts: Vec<String>,
    /// The same as a sentence.
    pub said: String,
}

impl Chart {
    pub(super) fn new(id: &'static str, title: &'static str, steps: &Steps, mut series: Vec<Series>) -> Self {
        let is_single = series.len() == 1;
        series.retain(|series| is_single || series.counts.iter().any(|count| *count > 0));
        let length = usize::try_from(steps.count).unwrap_or_default();
        let sum = |n: usize| series.iter().map(|series| series.counts[n]).sum::<i64>();
        let (step, top) = axis((0..length).map(sum).max().unwrap_or_default());
        let bar = |n: usize| {
            let said = series.iter().filter(|series| series.counts[n] > 0);
            let said = said.map(|series| format!("{} {}", thousands(series.counts[n]), series.name.to_lowercase()));
            let said = said.collect::<Vec<_>>().join(", ");
            let start = steps.label(n);
            Bar {
                said: format!("{start} UTC: {}", if said.is_empty() { "none" } else { &said }),
                start,
                x: n * WIDTH,
                counts: series.iter().map(|series| thousands(series.counts[n])).collect(),
            }
        };
        let plotted = |at: usize| Plotted {
            name: series[at].name,
            colour: series[at].colour,
            total: thousands(series[at].counts.iter().sum()),
            path: path(&series[..=at], top),
        };
        Self {
            id,
            title,
            total: thousands((0..length).map(sum).sum()),
            ticks: (0..=top / step).rev().map(|n| thousands(n * step)).collect(),
            bars: (0..length).map(bar).collect(),
            series: (0..series.len()).map(plotted).collect(),
        }
    }

    /// How wide the picture is.
    #[must_use]
    pub const fn width(&self) -> usize {
        self.bars.len() * WIDTH
    }

    /// The lines across it, from above.
    #[must_use]
    pub fn lines(&self) -> Vec<i64> {
        let count = i64::try_from(self.ticks.len()).unwrap_or(2).max(2) - 1;
        (0..count).map(|n| n * HEIGHT / count).collect()
    }
}

/// The last of these on top of the others, in each step.
fn path(series: &[Series], top: i64) -> String {
    let Some((upper, below)) = series.split_last() else { return String::new() };
    let height = |count: i64| if count == 0 { 0 } else { (count * HEIGHT / top).max(LEAST_HEIGHT) };
    let part = |(n, count): (usize, &i64)| {
        let foot = HEIGHT - below.iter().map(|series| height(series.counts[n])).sum::<i64>();
        (*count > 0).then(|| format!("M{} {foot}v-{}h8v{1}z", n * WIDTH + 1, height(*count)))
    };
    upper.counts.iter().enumerate().filter_map(part).collect()
}

/// Round values for an axis that reaches at least this: the distance of its lines, and where it ends. Few stay low: one is
/// no reason to fill the picture.
pub(super) fn axis(most: i64) -> (i64, i64) {
    const LINES: i64 = 4;
    let rounds = (0..18).flat_map(|power| [10, 20, 25, 50].map(|step: i64| step.saturating_mul(10_i64.pow(power))));
    let steps = [1, 2, 5].into_iter().chain(rounds);
    let step = steps.into_iter().find(|step| step.saturating_mul(LINES) >= most).unwrap_or(i64::MAX / LINES);
    (step, step.saturating_mul(LINES))
}

/// `1234567` as `1,234,567`.
pub(super) fn thousands(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::from(if number < 0 { "-" } else { "" });
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn the_last_step_is_the_one_that_is_going_on() {
        let now = datetime!(2026-11-21 14:07:09 UTC);
        for (step, count, since) in [
            (Duration::minutes(5), 12, datetime!(2026-11-21 13:10 UTC)),
            (Duration::hours(1), 24, datetime!(2026-11-20 15:00 UTC)),
            (Duration::days(1), 30, datetime!(2026-10-23 00:00 UTC)),
        ] {
            let steps = Steps::until(now, step, count);
            assert_eq!(steps.since, since);
            let counted = [(now, 2), (since, 1), (since - Duration::SECOND, 7)].into_iter();
            let counts = steps.counts(counted);
            assert_eq!((counts.len(), counts[0], counts.last()), (usize::try_from(count).unwrap(), 1, Some(&2)));
        }
    }

    #[test]
    fn an_axis_ends_at_a_round_value_above_what_was_counted() {
        for (most, axis_of_it) in [
            (0, (1, 4)),
            (1, (1, 4)),
            (5, (2, 8)),
            (9, (5, 20)),
            (21, (10, 40)),
            (81, (25, 100)),
            (101, (50, 200)),
            (123_456, (50_000, 200_000)),
        ] {
            assert_eq!(axis(most), axis_of_it, "{most}");
        }
        assert!(axis(i64::MAX).1 > 0);
    }

    #[test]
    fn bars_stand_on_each_other_and_what_did_not_happen_is_not_there() {
        let steps = Steps::until(datetime!(2026-11-21 14:07:09 UTC), Duration::hours(1), 2);
        let series = |name, counts| Series { name, colour: "plot-1", counts };
        let (below, above) = (series("Good", vec![2, 0]), series("Bad", vec![1, 1]));
        let chart = Chart::new("it", "It", &steps, vec![below, above, series("Never", vec![0, 0])]);

        assert_eq!(chart.series.iter().map(|series| series.name).collect::<Vec<_>>(), ["Good", "Bad"]);
        assert_eq!(chart.series[0].path, "M1 1000v-500h8v500z");
        assert_eq!(chart.series[1].path, "M1 500v-250h8v250zM11 1000v-250h8v250z");
        assert_eq!((chart.total.as_str(), chart.ticks.join(" ").as_str()), ("4", "4 3 2 1 0"));
        assert_eq!(chart.bars[0].said, "13:00 UTC: 2 good, 1 bad");
        assert_eq!(chart.lines(), [0, 250, 500, 750]);
    }

    #[test]
    fn nothing_looks_like_nothing() {
        let steps = Steps::until(datetime!(2026-11-21 14:07:09 UTC), Duration::hours(1), 3);
        let none = vec![Series { name: "Failures", colour: "plot-bad", counts: vec![0, 0, 0] }];
        let chart = Chart::new("it", "It", &steps, none);

        assert_eq!((chart.total.as_str(), chart.series[0].path.as_str()), ("0", ""));
        assert_eq!(chart.bars[2].said, "14:00 UTC: none");
    }

    #[test]
    fn numbers_are_told_in_thousands() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (-1234, "-1,234")] {
            assert_eq!(thousands(number), text);
        }
    }
}
