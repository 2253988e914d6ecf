DELETE FROM ws_registry WHERE process = $1
