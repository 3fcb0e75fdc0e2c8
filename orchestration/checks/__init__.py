"""What must hold between layers: conservation, volume, freshness. Rules of single rows are the contracts' business."""
