package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Places in a bzImage, of the kernel's x86/boot.rst.
const (
	setupSectors  = 0x1F1 // one byte; 0 means 4
	setupMagic    = 0x202
	payloadOffset = 0x248 // from the end of the setup
	payloadLength = 0x24C
	headerEnd     = 0x250
	sector        = 512
)

var errImage = errors.New("not a kernel's bzImage")

// unpackers are the commands that unpack data, by how it begins.
var unpackers = []struct {
	magic   string
	command []string
}{
	{"\xFD7zXZ", []string{"xz", "-dc"}},
	{"\x28\xB5\x2F\xFD", []string{"zstd", "-qdc"}},
}

// unpack writes the kernel that is packed in an image to a file beside it, and
// gives its path. To unpack itself takes a kernel in an emulated machine longer
// than all the rest of its start.
func unpack(image string) (string, error) {
	elf := filepath.Join(filepath.Dir(image), "unpacked-"+filepath.Base(image))
	if _, err := os.Stat(elf); err == nil {
		return elf, nil
	}
	b, err := os.ReadFile(image)
	if err != nil {
		return "", err
	}
	packed, err := payload(b)
	if err != nil {
		return "", fmt.Errorf("%s: %w", filepath.Base(image), err)
	}
	for _, u := range unpackers {
		if !bytes.HasPrefix(packed, []byte(u.magic)) {
			continue
		}
		cmd := exec.Command(u.command[0], u.command[1:]...)
		cmd.Stdin = bytes.NewReader(packed)
		kernel, err := cmd.Output()
		if err != nil {
			return "", fmt.Errorf("%s: %s: %w", filepath.Base(image), u.command[0], err)
		}
		if !bytes.HasPrefix(kernel, []byte("\x7FELF")) {
			return "", fmt.Errorf("%s: %w: what is packed in it is no program", filepath.Base(image), errImage)
		}
		part := elf + ".part"
		if err := os.WriteFile(part, kernel, 0o644); err != nil {
			return "", err
		}
		return elf, os.Rename(part, elf)
	}
	return "", fmt.Errorf("%s: packed in an unknown way", filepath.Base(image))
}

// payload gives the packed kernel in an image.
func payload(b []byte) ([]byte, error) {
	if len(b) < headerEnd || string(b[setupMagic:setupMagic+4]) != "HdrS" {
		return nil, errImage
	}
	sectors := int64(b[setupSectors])
	if sectors == 0 {
		sectors = 4
	}
	begin := (sectors+1)*sector + int64(binary.LittleEndian.Uint32(b[payloadOffset:]))
	// The last four bytes are the size of what is packed.
	end := begin + int64(binary.LittleEndian.Uint32(b[payloadLength:])) - 4
	if begin > end || end > int64(len(b)) {
		return nil, fmt.Errorf("%w: its payload is not in it", errImage)
	}
	return b[begin:end], nil
}
