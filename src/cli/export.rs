//! `docent export`.

use crate::app;
use crate::config::Storage;
use crate::domain::article::ArticleId;
use crate::domain::link::Link;

/// Articles read with one statement.
const ARTICLES_A_STEP: u32 = 500;

/// What `docent export` is told.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    storage: Storage,
}

/// Prints every live article.
pub fn run(args: Args) -> anyhow::Result<()> {
    super::block_on(async move {
        let store = app::open_store(&args.storage).await?;
        let mut after = ArticleId(0);
        loop {
            let articles = store.export(after, ARTICLES_A_STEP).await?;
            let Some(last) = articles.last() else { return Ok(()) };
            after = last.id;
            for article in articles {
                let url = article.listed_link.as_ref().or(article.link.as_ref()).map(Link::as_str);
                super::print_line(
                    &serde_json::json!({
                        "url": url,
                        "canonical": article.link,
                        "cluster": article.public_id,
                        "lang": article.language,
                        "title": article.title,
                        "published": article.published_at,
                        "source": article.slug,
                        "text": article.text,
                    })
                    .to_string(),
                )?;
            }
        }
    })
}
