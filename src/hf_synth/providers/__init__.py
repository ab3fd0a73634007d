"""The providers, one file each; the file's name is the public name. Light to import: SDKs are loaded on connecting."""
