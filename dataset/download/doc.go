// Package download gets public sets of recordings: it fetches their archives, goes on where a
// connection broke, compares checksums, unpacks, and opens the result as package dataset does, so
// that what it leaves behind can be trained on.
//
// In the folder of a set, .download holds archives on their way (<name>.part, and <name>.tag, by
// which a server knows the archive's version), and .unpack the files that are being unpacked. Both
// are removed in the end. After an interruption .download stays, and the next call goes on with it.
package download
