//! The stages of a pipeline as a picture: columns from left to right, each stage behind all that it waits for.

use std::collections::HashMap;
use std::fmt::Write as _;

use crate::base::sanitize::sanitize;
use crate::report::common::{Level, counted, escaped};
use crate::verdict::{StageRecord, Where};

const WIDTH: usize = 168;
const HEIGHT: usize = 52;
const GAP_X: usize = 44;
const GAP_Y: usize = 14;
/// The room that an edge takes where it passes a column.
const LANE: usize = 12;
/// The most lanes: beyond, an edge is drawn straight.
const MOST_LANES: usize = 3_000;
/// How often columns are put in the order of what they are connected to.
const SWEEPS: usize = 6;
/// The most characters of a name in its box.
const LONGEST_NAME: usize = 19;

/// The findings of one stage.
#[derive(Clone, Copy)]
pub struct Marks {
    pub count: usize,
    pub worst: Level,
}

/// What a column holds: a stage, or an edge that passes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Item {
    Stage(usize),
    /// The lane of an edge, by the number of the edge.
    Lane(usize),
}

/// The centre of each item of each column.
type Centres = HashMap<(usize, Item), (usize, usize)>;

/// The columns and items that an edge passes, both ends included.
struct Edge {
    path: Vec<(usize, Item)>,
}

/// The picture. `anchor` is the address of a stage's first finding.
pub fn svg(stages: &[StageRecord], marks: &HashMap<usize, Marks>, anchor: &dyn Fn(usize) -> String) -> String {
    let columns = columns(stages);
    let edges = edges(stages, &columns);
    let rows = ordered(stages, &columns, &edges);
    let (centres, width, height) = placed(&rows);
    let mut out = format!(
        "<svg viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"group\" aria-label=\"Graph of {}\">",
        counted(stages.iter().filter(|stage| !stage.is_synthetic).count(), "stage")
    );
    for edge in &edges {
        line(&mut out, edge, &centres);
    }
    for (n, stage) in stages.iter().enumerate() {
        let column = columns.get(n).copied().unwrap_or_default();
        if let Some((x, y)) = centres.get(&(column, Item::Stage(n))) {
            node(&mut out, stage, (*x, *y), marks.get(&n).copied(), &anchor(n));
        }
    }
    out.push_str("</svg>");
    out
}

/// The column of each stage: one more than the last of those it waits for. Stages of a cycle, which Orca refuses, are in the first.
fn columns(stages: &[StageRecord]) -> Vec<usize> {
    let mut columns = vec![0; stages.len()];
    let mut missing: Vec<usize> = stages.iter().map(|stage| stage.waits_for.len()).collect();
    let mut waited_by: Vec<Vec<usize>> = vec![Vec::new(); stages.len()];
    for (n, stage) in stages.iter().enumerate() {
        for &before in &stage.waits_for {
            if let Some(after) = waited_by.get_mut(before) {
                after.push(n);
            }
        }
    }
    let mut ready: Vec<usize> = (0..stages.len()).filter(|n| missing.get(*n) == Some(&0)).collect();
    while let Some(stage) = ready.pop() {
        let next = columns.get(stage).map_or(0, |column| column + 1);
        for &after in waited_by.get(stage).into_iter().flatten() {
            if let Some(column) = columns.get_mut(after) {
                *column = next.max(*column);
            }
            if let Some(count) = missing.get_mut(after) {
                *count -= 1;
                if *count == 0 {
                    ready.push(after);
                }
            }
        }
    }
    columns
}

fn edges(stages: &[StageRecord], columns: &[usize]) -> Vec<Edge> {
    let mut edges = Vec::new();
    let mut lanes = 0;
    for (to, stage) in stages.iter().enumerate() {
        for &from in &stage.waits_for {
            let ends = columns.get(from).copied().zip(columns.get(to).copied());
            let Some((first, last)) = ends.filter(|(first, last)| first < last) else { continue };
            let number = edges.len();
            let mut path = vec![(first, Item::Stage(from))];
            if lanes + (last - first) <= MOST_LANES {
                path.extend((first + 1..last).map(|column| (column, Item::Lane(number))));
                lanes += last - first - 1;
            }
            path.push((last, Item::Stage(to)));
            edges.push(Edge { path });
        }
    }
    edges
}

/// What an item is connected to in the columns beside it.
#[derive(Default)]
struct Neighbours {
    before: Vec<Item>,
    after: Vec<Item>,
}

/// The items of each column from top to bottom: near to what they are connected to, so that few edges cross.
fn ordered(stages: &[StageRecord], columns: &[usize], edges: &[Edge]) -> Vec<Vec<Item>> {
    let is_drawn = |n: usize| stages.get(n).is_some_and(|stage| !stage.is_synthetic);
    let count = columns.iter().max().map_or(0, |last| last + 1);
    let mut rows: Vec<Vec<Item>> = vec![Vec::new(); count];
    for n in 0..stages.len() {
        if is_drawn(n)
            && let Some(row) = columns.get(n).and_then(|column| rows.get_mut(*column))
        {
            row.push(Item::Stage(n));
        }
    }
    let mut neighbours: HashMap<(usize, Item), Neighbours> = HashMap::new();
    for edge in edges {
        for (column, item) in &edge.path {
            if matches!(item, Item::Lane(_))
                && let Some(row) = rows.get_mut(*column)
            {
                row.push(*item);
            }
        }
        for pair in edge.path.windows(2) {
            if let [before, after] = *pair
                && before.0 + 1 == after.0
            {
                neighbours.entry(before).or_default().after.push(after.1);
                neighbours.entry(after).or_default().before.push(before.1);
            }
        }
    }
    for sweep in 0..SWEEPS {
        let is_forward = sweep % 2 == 0;
        let order: Vec<usize> =
            if is_forward { (1..count).collect() } else { (0..count.saturating_sub(1)).rev().collect() };
        for column in order {
            let other = if is_forward { column - 1 } else { column + 1 };
            let places: HashMap<Item, usize> =
                rows.get(other).into_iter().flatten().enumerate().map(|(n, item)| (*item, n)).collect();
            let Some(row) = rows.get_mut(column) else { continue };
            let near = |at: usize, item: Item| {
                let connected = neighbours.get(&(column, item));
                let connected = connected.map(|both| if is_forward { &both.before } else { &both.after });
                let places: Vec<usize> =
                    connected.into_iter().flatten().filter_map(|item| places.get(item).copied()).collect();
                if places.is_empty() { at * 1_000 } else { places.iter().sum::<usize>() * 1_000 / places.len() }
            };
            let mut keyed: Vec<(usize, Item)> =
                row.iter().enumerate().map(|(at, item)| (near(at, *item), *item)).collect();
            keyed.sort_by_key(|(key, _)| *key);
            *row = keyed.into_iter().map(|(_, item)| item).collect();
        }
    }
    rows
}

/// The centre of each item, and the size of the whole.
fn placed(rows: &[Vec<Item>]) -> (Centres, usize, usize) {
    let height_of = |item: &Item| if matches!(item, Item::Stage(_)) { HEIGHT + GAP_Y } else { LANE };
    let total = |row: &Vec<Item>| row.iter().map(height_of).sum::<usize>();
    let height = rows.iter().map(total).max().unwrap_or(HEIGHT) + 2 * GAP_Y;
    let mut centres = HashMap::new();
    for (column, row) in rows.iter().enumerate() {
        let mut y = (height - total(row)) / 2;
        for item in row {
            let own = height_of(item);
            centres.insert((column, *item), (GAP_X / 2 + column * (WIDTH + GAP_X) + WIDTH / 2, y + own / 2));
            y += own;
        }
    }
    (centres, rows.len() * (WIDTH + GAP_X), height)
}

fn line(out: &mut String, edge: &Edge, centres: &Centres) {
    let points: Vec<(usize, usize)> = edge.path.iter().filter_map(|at| centres.get(at).copied()).collect();
    let half = WIDTH / 2;
    let mut path = String::new();
    for (n, pair) in points.windows(2).enumerate() {
        let [(x, y), (to_x, to_y)] = *pair else { continue };
        let (x, to_x) = (x + half, to_x - half);
        if n == 0 {
            let _ = write!(path, "M{x} {y}");
        } else {
            // A lane passes its column straight.
            let _ = write!(path, "H{x}");
        }
        let middle = x.midpoint(to_x);
        let _ = write!(path, "C{middle} {y} {middle} {to_y} {to_x} {to_y}");
    }
    let _ = write!(out, "<path class=\"edge\" d=\"{path}\"/>");
}

/// The words of a stage's second line and of its label.
fn kinds(stage: &StageRecord) -> Vec<&'static str> {
    let mut kinds = Vec::new();
    if stage.is_gate {
        kinds.push("gate");
    }
    if stage.is_canary {
        kinds.push("canary");
    }
    match stage.place {
        Some(Where::Production) => kinds.push("production"),
        Some(Where::Open) => kinds.push("maybe production"),
        Some(Where::Unknown) => kinds.push("unknown account"),
        Some(Where::Elsewhere) | None => {}
    }
    kinds
}

fn node(out: &mut String, stage: &StageRecord, (x, y): (usize, usize), marks: Option<Marks>, anchor: &str) {
    let (left, top) = (x - WIDTH / 2, y - HEIGHT / 2);
    let kinds = kinds(stage);
    let status = stage.status.as_deref().map(|status| status.to_lowercase().replace('_', " "));
    let name = escaped(&sanitize(&stage.name, 200));
    let mut label = format!("{name}, {}", escaped(&sanitize(&stage.kind, 80)));
    for part in kinds.iter().copied().chain(status.as_deref()) {
        let _ = write!(label, ", {}", escaped(&sanitize(part, 40)));
    }
    let class = |word: &str| word.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_lowercase();
    let mut classes = format!("node s-{}", class(stage.status.as_deref().unwrap_or("none")));
    for (is, word) in [
        (stage.is_gate, " gate"),
        (stage.is_canary, " canary"),
        (stage.place == Some(Where::Production), " production"),
        (matches!(stage.place, Some(Where::Open | Where::Unknown)), " open"),
    ] {
        if is {
            classes.push_str(word);
        }
    }
    if let Some(marks) = marks {
        let _ = write!(label, ", {}", counted(marks.count, "finding"));
        let _ = write!(out, "<a href=\"#{anchor}\">");
    }
    let _ = write!(out, "<g class=\"{classes}\"><title>{label}</title>");
    let _ = write!(out, "<rect x=\"{left}\" y=\"{top}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" rx=\"6\"/>");
    let _ = write!(out, "<rect class=\"bar\" x=\"{left}\" y=\"{top}\" width=\"6\" height=\"{HEIGHT}\" rx=\"3\"/>");
    let short = escaped(&sanitize(&stage.name, LONGEST_NAME));
    let _ = write!(out, "<text x=\"{}\" y=\"{}\">{short}</text>", left + 14, top + 22);
    let second = if kinds.is_empty() { sanitize(&stage.kind, LONGEST_NAME) } else { kinds.join(", ") };
    let second = status.map_or_else(|| second.clone(), |status| format!("{second} · {status}"));
    let second = escaped(&sanitize(&second, LONGEST_NAME + 6));
    let _ = write!(out, "<text class=\"kind\" x=\"{}\" y=\"{}\">{second}</text>", left + 14, top + 40);
    if let Some(marks) = marks {
        let (x, y) = (left + WIDTH - 4, top + 4);
        let _ = write!(out, "<circle class=\"mark {}\" cx=\"{x}\" cy=\"{y}\" r=\"11\"/>", marks.worst.word());
        let _ = write!(out, "<text class=\"count\" x=\"{x}\" y=\"{}\">{}</text>", y + 4, marks.count.min(99));
    }
    out.push_str("</g>");
    if marks.is_some() {
        out.push_str("</a>");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(name: &str, waits_for: &[usize]) -> StageRecord {
        StageRecord {
            ref_id: name.into(),
            name: name.into(),
            kind: "wait".into(),
            status: None,
            is_gate: false,
            is_canary: false,
            place: None,
            waits_for: waits_for.to_vec(),
            is_synthetic: false,
        }
    }

    #[test]
    fn a_stage_is_right_of_all_it_waits_for() {
        let stages = [stage("a", &[]), stage("b", &[0]), stage("c", &[0]), stage("d", &[1, 2]), stage("e", &[0, 3])];
        assert_eq!(columns(&stages), [0, 1, 1, 2, 3]);
        // A cycle ends, too.
        assert_eq!(columns(&[stage("a", &[1]), stage("b", &[0])]), [0, 0]);
    }

    #[test]
    fn no_two_boxes_overlap_in_a_pipeline_of_a_hundred_stages() {
        let before = |n: usize| {
            let all = [n.checked_sub(5), n.checked_sub(n % 7 + 1), n.checked_sub(23)];
            all.into_iter().flatten().collect::<Vec<usize>>()
        };
        let stages: Vec<StageRecord> = (0..100).map(|n: usize| stage(&n.to_string(), &before(n))).collect();
        let columns = columns(&stages);
        let edges = edges(&stages, &columns);
        let (centres, ..) = placed(&ordered(&stages, &columns, &edges));
        let boxes: Vec<(usize, usize)> = (0..100).map(|n| centres[&(columns[n], Item::Stage(n))]).collect();
        for (n, one) in boxes.iter().enumerate() {
            for other in &boxes[n + 1..] {
                assert!(one.0.abs_diff(other.0) >= WIDTH || one.1.abs_diff(other.1) >= HEIGHT, "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn names_are_escaped_and_the_stage_leads_to_its_finding() {
        let marks = HashMap::from([(0, Marks { count: 2, worst: Level::Error })]);
        let mut hostile = stage("</text><script>alert(1)</script>", &[]);
        hostile.status = Some("\"><x".into());
        let svg = svg(&[hostile], &marks, &|n| format!("d1-s{n}"));
        assert!(!svg.contains("<script") && !svg.contains("\"><x"), "{svg}");
        assert!(svg.contains("<a href=\"#d1-s0\"><g"), "{svg}");
    }
}
