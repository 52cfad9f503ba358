namespace Strongroom.Prove.PowerLoss;

internal enum DiskOperationKind
{
    /// <summary>A new file under a name.</summary>
    Create,

    /// <summary>A file takes another name, replacing what was there.</summary>
    Rename,

    /// <summary>A name goes.</summary>
    Delete,

    /// <summary>A folder, under its parent.</summary>
    Folder,

    /// <summary>Bytes within one sector, or zeros when the file grew and only its length was written.</summary>
    Write,

    /// <summary>Another length.</summary>
    Length,

    /// <summary>What was done to a file is durable.</summary>
    SyncFile,

    /// <summary>What was done in a folder is durable.</summary>
    SyncFolder,

    /// <summary>The caller has been told that it is done.</summary>
    Acknowledged,
}

/// <summary>One thing that was done to a disk, in pieces that a power loss takes or leaves.</summary>
/// <param name="Kind">What.</param>
/// <param name="File">The inode, where it is about a file.</param>
/// <param name="Path">The name, or the folder to be synced.</param>
/// <param name="To">The new name.</param>
/// <param name="Offset">Where it is written, or the new length.</param>
/// <param name="Bytes">What is written.</param>
internal readonly record struct DiskOperation(DiskOperationKind Kind, ulong File, string Path, string To, long Offset, byte[] Bytes);
