"""HTML, alone or inside other formats: from markup to a flow of blocks."""
