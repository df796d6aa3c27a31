//! The units of the default image.

macro_rules! unit {
    ($name:literal) => {
        (concat!("usr/lib/systemd/system/", $name), include_str!(concat!("units/", $name)))
    };
}

/// Path and text.
pub const FILES: &[(&str, &str)] = &[
    unit!("basic.target"),
    unit!("getty.target"),
    unit!("local-fs.target"),
    unit!("multi-user.target"),
    unit!("serial-getty@.service"),
    unit!("sysinit.target"),
    unit!("systemd-remount-fs.service"),
];
