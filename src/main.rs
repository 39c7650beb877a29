//! The program `docent`: parse the arguments, run the command, print the error.

fn main() -> std::process::ExitCode {
    match docent::cli::Cli::read().run() {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            tracing::debug!(?error);
            #[expect(clippy::print_stderr, reason = "the one place where a command's failure is told")]
            {
                eprintln!("docent: {error:#}");
            }
            std::process::ExitCode::FAILURE
        }
    }
}
