//! Editors, their sessions and tokens.

use docent::domain::editor::{Role, Scope};

use crate::api::assert_problem;
use crate::on_both_databases;
use crate::support::app::TestApp;
use crate::support::database::TestDatabase;

on_both_databases!(a_route_is_closed_until_somebody_signs_in);

async fn a_route_is_closed_until_somebody_signs_in(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let closed = app.send("GET", "/api/v1/stories", "", &[]);
    assert_problem(&closed, 401, "nobody");
    assert_eq!(closed.header("www-authenticate"), Some("Bearer realm=\"docent\""));
    for role in [Role::Contributor, Role::Editor, Role::Admin] {
        let editor = app.as_editor(role).await;
        assert_eq!(editor.get("/api/v1/stories").status, 200, "{role:?}");
        let program = app.with_token(&editor.editor, &[Scope::Read]).await;
        assert_eq!(program.get("/api/v1/stories").status, 200, "{role:?}");
    }
}
