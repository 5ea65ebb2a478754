"""The commands of `datassay review`: draw and export, import, apply, status."""
