const PATH_BYTES_MAX: usize = 500;

/// Says whether a text is a path of this site, so that a redirect to it leads nowhere else: browsers take `//host`
/// and `/\host` for other sites, and drop tabs and line ends before they look.
pub fn is_local_path(text: &str) -> bool {
    let single_slash = text.starts_with('/') && !text.starts_with("//");
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    single_slash && plain && text.len() <= PATH_BYTES_MAX
}

#[cfg(test)]
mod tests {
    use super::is_local_path;

    #[test]
    fn paths_of_the_shop_are_local() {
        assert!(is_local_path("/"));
        assert!(is_local_path("/checkout/return?order=K7P2-9XQ4&key=a%20b"));
    }

    #[test]
    fn what_leads_elsewhere_is_not_local() {
        for elsewhere in
            ["", "checkout", "//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil.example", "/a b"]
        {
            assert!(!is_local_path(elsewhere), "{elsewhere}");
        }
    }
}
