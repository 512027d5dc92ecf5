use std::fmt::Write as _;

use souk_contracts::catalog::Category;

use super::{
    super::{csv, desk::Desk, forms::search_text},
    list::matching,
    ways::{Ways, names},
};
use crate::error::Answer;

const HEAD: &str = "slug,parent_slug,name,position,path\r\n";

/// `GET /admin/categories/export.csv?q=`: the whole tree, or what is found in it. The catalogue has it in one piece.
pub async fn export(desk: Desk) -> Answer {
    let text = search_text(&desk.query, "q")?;
    let tree = desk.state.catalog.categories(&desk.cx).await?;
    let ways = Ways::of(&tree);
    let mut file = HEAD.to_owned();
    match text {
        Some(text) => matching(&tree, &text).into_iter().for_each(|category| row(&mut file, category, &ways)),
        None => tree.iter().for_each(|category| row(&mut file, category, &ways)),
    }
    Ok(csv::file(file.into(), "categories.csv"))
}

fn row(file: &mut String, category: &Category, ways: &Ways<'_>) {
    let way = ways.down_to(category.id);
    let parent = way.iter().rev().nth(1).map_or("", |parent| parent.slug.as_str());
    let (slug, parent, name) = (csv::cell(&category.slug), csv::cell(parent), csv::cell(&category.name));
    // Writing to a String cannot fail.
    let _ = write!(file, "{slug},{parent},{name},{},{}\r\n", category.position, csv::cell(&names(&way)));
}
