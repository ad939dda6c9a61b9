package keys

import (
	"crypto/cipher"
	"reflect"
	"unsafe"
)

// WipeCipher overwrites the round keys inside a block cipher of the standard
// library, which has no method for it. The cipher must not be used again. It
// tells whether it could: a cipher that is no flat piece of memory is left
// alone, because what it points to may not be its own.
func WipeCipher(b cipher.Block) bool {
	v := reflect.ValueOf(b)
	if v.Kind() != reflect.Pointer || v.IsNil() || !flat(v.Type().Elem()) {
		return false
	}
	clear(unsafe.Slice((*byte)(v.UnsafePointer()), v.Type().Elem().Size()))
	return true
}

// flat tells whether values of a type hold no pointers of any kind.
func flat(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Struct:
		for i := range t.NumField() {
			if !flat(t.Field(i).Type) {
				return false
			}
		}
		return true
	case reflect.Array:
		return flat(t.Elem())
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return true
	}
	return false
}

// Wipe overwrites the key. No code can be computed afterwards.
func (m *MAC) Wipe() {
	if m.cmac != nil {
		m.cmac.wipe()
		return
	}
	WipeCipher(m.first)
	WipeCipher(m.second)
}
