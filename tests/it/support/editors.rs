//! Editors, as the store knows them.

use docent::domain::editor::{EditorName, Role, ShownName};
use docent::store::decisions::Hand;
use docent::store::editors::NewEditor;

use super::database::TestDatabase;
use crate::store::noon;

/// A new editor of that name, who decides at noon.
pub async fn hand(database: &TestDatabase, name: &str) -> Hand {
    let editor = NewEditor {
        public_id: docent::app::fresh_id(),
        name: EditorName::parse(name).expect("a name"),
        shown_name: ShownName::parse(name).expect("a name"),
        role: Role::Editor,
        at: noon(),
    };
    let editor = database.store.add_editor(editor).await.expect("an editor");
    Hand {
        editor: editor.id,
        name: name.to_owned(),
        overrules: true,
        at: noon(),
        fresh_id: docent::app::fresh_id,
    }
}
