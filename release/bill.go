package main

import (
	"bytes"
	"debug/buildinfo"
	"runtime/debug"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// bill returns a CycloneDX 1.6 software bill of materials (cyclonedx.org/docs/1.6/json) of a
// command: the modules that the linker recorded in it, with their versions, the Go toolchain, whose
// standard library is part of it, and the checksum of the command. It has no time and no serial
// number, because these would differ from build to build.
func bill(command []byte, version string) ([]byte, error) {
	info, err := buildinfo.Read(bytes.NewReader(command))
	if err != nil {
		return nil, err
	}
	main := component(cdx.ComponentTypeApplication, info.Main.Path, version)
	main.Hashes = &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: checksum(command)}}
	parts := []cdx.Component{component(cdx.ComponentTypeLibrary, "std", info.GoVersion)}
	for _, m := range info.Deps {
		parts = append(parts, component(cdx.ComponentTypeLibrary, used(m).Path, used(m).Version))
	}
	var needs []string
	for _, c := range parts {
		needs = append(needs, c.BOMRef)
	}
	b := cdx.NewBOM()
	b.Metadata = &cdx.Metadata{Component: &main}
	b.Components = &parts
	b.Dependencies = &[]cdx.Dependency{{Ref: main.BOMRef, Dependencies: &needs}}
	var out bytes.Buffer
	err = cdx.NewBOMEncoder(&out, cdx.BOMFileFormatJSON).SetPretty(true).EncodeVersion(b,
		cdx.SpecVersion1_6)
	return out.Bytes(), err
}

// used returns the module, or its replacement if it has one.
func used(m *debug.Module) *debug.Module {
	if m.Replace != nil {
		return m.Replace
	}
	return m
}

func component(kind cdx.ComponentType, path, version string) cdx.Component {
	// Names of type golang (package-url/purl-spec) are lower case, and a plus in a version would be
	// read as a space.
	url := "pkg:golang/" + strings.ToLower(path) + "@" + strings.ReplaceAll(version, "+", "%2B")
	return cdx.Component{BOMRef: url, Type: kind, Name: path, Version: version, PackageURL: url}
}
