use clap::Parser;
use gaveurs::{app::Application, settings::ServerArgs};
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    server: ServerArgs,
}
fn main() -> anyhow::Result<()> {
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("info")).init();
    let cli = Cli::parse();
    actix_web::rt::System::new().block_on(async move {
        let app = Application::build(&cli.server).await?;
        app.run(async { tokio::signal::ctrl_c().await.unwrap() })
            .await
    })
}
