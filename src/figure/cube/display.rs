//! A drawing's columns as one list of numbers, which a painter reads from start to end.
//!
//! Each column: counts of quads, joints, edges, edges of the star's groups and dots, then 1 if cells have joints; then
//! the quads with ten numbers each (four corners, tone, level·4 + side), the lines with four each, and the dots with
//! two each.

use super::camera::Point;
use super::columns::{Column, Side};
use super::groups::Level;

/// Returns the list for some columns.
pub fn list(columns: &[Column]) -> Vec<f32> {
    let quads: usize = columns.iter().map(|column| column.quads.len()).sum();
    let mut list = Vec::with_capacity(quads * 10 + columns.len() * 24);
    for column in columns.iter().filter(|column| !column.quads.is_empty()) {
        let counts =
            [column.quads.len(), column.joints.len(), column.edges.len(), column.member_edges.len(), column.dots.len()];
        list.extend(counts.map(|count| count as f32));
        list.push(f32::from(u8::from(column.seams)));
        for quad in &column.quads {
            quad.corners.iter().for_each(|&corner| push(&mut list, corner));
            list.extend([quad.tone as f32, f32::from(look(quad.level, quad.side))]);
        }
        for line in column.joints.iter().chain(&column.edges).chain(&column.member_edges) {
            line.iter().for_each(|&end| push(&mut list, end));
        }
        column.dots.iter().for_each(|&dot| push(&mut list, dot));
    }
    list
}

fn push(list: &mut Vec<f32>, point: Point) {
    list.extend([point.x as f32, point.y as f32]);
}

/// level·4 + side.
fn look(level: Level, side: Side) -> u8 {
    let level = match level {
        Level::Rest => 0,
        Level::Some => 1,
        Level::All => 2,
    };
    let side = match side {
        Side::Left => 0,
        Side::Right => 1,
        Side::Top => 2,
        Side::Flat => 3,
    };
    level * 4 + side
}
