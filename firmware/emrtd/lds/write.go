package lds

import (
	"tram06/firmware/emrtd/tlv"
)

// fieldWriter lays out the fields of a data group behind the list of their
// tags.
type fieldWriter struct {
	tags, values []byte
}

// text writes one field, none for an empty text.
func (f *fieldWriter) text(tag tlv.Tag, s string) {
	if s == "" {
		return
	}
	f.tags = appendTag(f.tags, tag)
	f.values = tlv.Append(f.values, tag, []byte(s))
}

// several writes a content-specific object with a count and the texts.
func (f *fieldWriter) several(tag tlv.Tag, list []string) {
	if len(list) == 0 {
		return
	}
	f.tags = appendTag(f.tags, tag)
	inside := tlv.Append(nil, tagCount, []byte{byte(len(list))})
	for _, s := range list {
		inside = tlv.Append(inside, tag, []byte(s))
	}
	f.values = tlv.Append(f.values, tagGroup, inside)
}

func (f *fieldWriter) append(dst []byte, group int, unknown []tlv.Node) []byte {
	for _, n := range unknown {
		f.tags = appendTag(f.tags, n.Tag)
		f.values = tlv.Append(f.values, n.Tag, n.Value)
	}
	return tlv.Append(dst, DG(group).Tag(), tlv.Append(nil, tagList, f.tags), f.values)
}

// appendTag writes an identifier without its object.
func appendTag(dst []byte, tag tlv.Tag) []byte {
	b := tlv.AppendHeader(nil, tag, 0)
	return append(dst, b[:len(b)-1]...)
}
