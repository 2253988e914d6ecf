//! The screens, embedded in the binary (read from the folder in a development build).

use super::{error::ApiError, get};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, EntityTag, IfNoneMatch},
    web,
};
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "static/"]
struct Static;

/// Nothing on a page comes from elsewhere.
const POLICY: &str = "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:; style-src 'self' 'unsafe-inline'; \
                      frame-ancestors 'self'; base-uri 'none'; form-action 'none'";

pub fn configure(cfg: &mut web::ServiceConfig) {
    get(cfg, "/", wall);
    get(cfg, "/sqal", quality_stations);
    get(cfg, "/alertes", alert_centre);
    get(cfg, "/gaveur/{id}", gaveur);
    get(cfg, "/static/{path:.*}", asset);
}

async fn wall(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    serve(&request, "wall.html")
}

async fn quality_stations(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    serve(&request, "sqal.html")
}

async fn alert_centre(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    serve(&request, "alertes.html")
}

async fn gaveur(request: HttpRequest, id: web::Path<String>) -> Result<HttpResponse, ApiError> {
    match id.parse::<i32>() {
        Ok(_) => serve(&request, "gaveur.html"),
        Err(_) => Err(ApiError::NotFound(format!(
            "no gaveur is named {:?}: a gaveur has a whole number",
            id.as_str()
        ))),
    }
}

async fn asset(request: HttpRequest, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    serve(&request, &path)
}

fn serve(request: &HttpRequest, path: &str) -> Result<HttpResponse, ApiError> {
    let file = Static::get(path)
        .ok_or_else(|| ApiError::NotFound(format!("nothing is served at {}", request.path())))?;
    let tag = EntityTag::new_strong(fingerprint(&file));
    let mut response = match already_there(request, &tag) {
        true => HttpResponse::NotModified(),
        false => HttpResponse::Ok(),
    };
    response
        .insert_header(header::ETag(tag.clone()))
        // A page that hangs on a wall for months must get its new version with its next reload.
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"));
    Ok(match already_there(request, &tag) {
        true => response.finish(),
        false => response
            .content_type(file.metadata.mimetype())
            .body(file.data.into_owned()),
    })
}

fn fingerprint(file: &EmbeddedFile) -> String {
    file.metadata.sha256_hash()[..12]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn already_there(request: &HttpRequest, tag: &EntityTag) -> bool {
    use actix_web::http::header::Header;
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|known| known.weak_eq(tag)),
        _ => false,
    }
}
